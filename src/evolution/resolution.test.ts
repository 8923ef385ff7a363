/**
 * The verdicts against what the codec's resolver does with real bytes, and against avsc's by itself.
 * BIRDWIRE_EVOLUTION_PAIRS says how many pairs are tried.
 */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toSchemaText } from "../avro/canonical.ts";
import { createCodec, createResolver } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import type { AvroSchema } from "../avro/model.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { findLoadFault, findNamespaceFault, findResolutionFault } from "../avro/plain-avsc.ts";
import { arbitrarySchemaJson, arbitraryValue } from "../avro/testing/arbitrary-schema.ts";
import { alignTypes } from "./alignment.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import { formatFinding, ruleIds } from "./finding.ts";
import { arbitraryChange } from "./testing/arbitrary-change.ts";
import { checkUnseen } from "./warning.ts";

const pairs = Number(process.env.BIRDWIRE_EVOLUTION_PAIRS ?? 500);
const enoughForEveryRule = 5000;
const timeoutMs = 60_000 + pairs * 20;

interface Pair {
  readonly reader: AvroSchema;
  readonly writer: AvroSchema;
}

/** Where avsc by itself decides otherwise than a registry, and why that is so. */
const exceptions: readonly {
  readonly name: string;
  readonly reason: string;
  readonly example: { readonly reader: unknown; readonly writer: unknown };
  readonly applies: (pair: Pair) => boolean;
}[] = [
  {
    name: "another namespace",
    reason: "registries compare names without their namespace, avsc by its full name (and so we warn of it)",
    example: {
      reader: { type: "fixed", name: "b.F", size: 1 },
      writer: { type: "fixed", name: "a.F", size: 1 },
    },
    applies: ({ reader, writer }) =>
      findNamespaceFault(reader, writer) !== null &&
      checkUnseen({ newer: reader, older: writer }).some(({ kind }) => kind === "namespace-unresolvable"),
  },
  {
    name: "a field called as what every object has",
    reason: "avsc looks fields up in a plain object, where `constructor` always is; ours does not",
    example: {
      reader: { type: "record", name: "R", fields: [{ name: "constructor", type: "int", default: 0 }] },
      writer: { type: "record", name: "R", fields: [] },
    },
    applies: ({ reader, writer }) => inherited.test(toSchemaText(reader) + toSchemaText(writer)),
  },
  {
    name: "a field found by its name and by an alias",
    reason: "registries take the name's, avsc calls it ambiguous; ours takes the name's",
    example: {
      reader: { type: "record", name: "R", fields: [{ name: "a", type: "int", aliases: ["b"] }] },
      writer: { type: "record", name: "R", fields: ["a", "b"].map((name) => ({ name, type: "int" })) },
    },
    applies: ({ reader, writer }) =>
      alignTypes(reader, writer).some(({ newer, older }) => isAmbiguous(newer.type, older.type)),
  },
];
const inherited = /"name":"(constructor|toString|hasOwnProperty)"/;

const changes = arbitraryChange(arbitrarySchemaJson(2)).map(({ before, after }) => ({
  writer: before,
  reader: after,
}));

function isAmbiguous(reader: AvroSchema, writer: AvroSchema): boolean {
  if (reader.kind !== "record" || writer.kind !== "record") return false;
  const written = new Set(writer.fields.map(({ name }) => name));
  return reader.fields.some(
    ({ name, aliases }) => [...new Set([name, ...aliases])].filter((each) => written.has(each)).length > 1,
  );
}

function mayReadBytesAsText(writer: unknown, reader: unknown): boolean {
  return JSON.stringify(writer).includes('"bytes"') && JSON.stringify(reader).includes('"string"');
}

function isCorrupt(decode: () => unknown): boolean {
  try {
    decode();
    return false;
  } catch (error) {
    return error instanceof AvroError && error.code === "corrupt";
  }
}

describe("for any change of any schema", () => {
  test(
    "a compatible writer's values are read, and an incompatible one gets no resolver",
    () => {
      const verdicts = { compatible: 0, incompatible: 0 };
      const rules = new Map<string, number>(ruleIds.map((rule) => [rule, 0]));
      const withValue = changes.chain(({ writer, reader }) =>
        arbitraryValue(parseSchema(writer)).map((value) => ({ writer, reader, value })),
      );
      fc.assert(
        fc.property(withValue, ({ writer, reader, value }) => {
          const findings = checkCompatibility({ reader: parseSchema(reader), writer: parseSchema(writer) });
          const open = () => createResolver(JSON.stringify(writer), JSON.stringify(reader));
          for (const rule of new Set(findings.map((finding) => finding.rule))) {
            rules.set(rule, (rules.get(rule) ?? 0) + 1);
          }
          if (findings.length > 0) {
            verdicts.incompatible++;
            expect(open).toThrow(expect.objectContaining({ code: "cannot-resolve" }));
            return;
          }
          verdicts.compatible++;
          const bytes = createCodec(JSON.stringify(writer)).encode(value);
          const resolver = open();
          // Bytes are read as a string where they are UTF-8, which only the value tells.
          fc.pre(!mayReadBytesAsText(writer, reader) || !isCorrupt(() => resolver.decode(bytes)));
          const read = resolver.decode(bytes);
          expect(createCodec(JSON.stringify(reader)).check(read)).toEqual([]);
        }),
        { numRuns: pairs },
      );
      // Both verdicts must have been met often and every rule once, or the property says little.
      expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(pairs / 5);
      // The rarest rule is met about once in a hundred pairs: a short run may well miss it.
      const missed = [...rules].filter(([, count]) => count === 0);
      expect(pairs < enoughForEveryRule ? [] : missed).toEqual([]);
    },
    timeoutMs,
  );

  test(
    "avsc by itself decides the same, but for what is known",
    () => {
      fc.assert(
        fc.property(changes, (pair) => {
          const [reader, writer] = [parseSchema(pair.reader), parseSchema(pair.writer)];
          fc.pre(findLoadFault(reader) === null && findLoadFault(writer) === null);
          const isCompatible = checkCompatibility({ reader, writer }).length === 0;
          if (isCompatible === (findResolutionFault(reader, writer) === null)) return;
          const known = exceptions.filter((each) => each.applies({ reader, writer }));
          // There is none where avsc reads and the registry does not.
          expect({ isCompatible, isKnown: known.length > 0 }).toEqual({ isCompatible: true, isKnown: true });
        }),
        { numRuns: pairs },
      );
    },
    timeoutMs,
  );

  test.each(exceptions)("avsc by itself refuses, and a registry does not: $name", (exception) => {
    const reader = parseSchema(exception.example.reader);
    const writer = parseSchema(exception.example.writer);
    expect(checkCompatibility({ reader, writer })).toEqual([]);
    expect(findResolutionFault(reader, writer)).not.toBeNull();
    expect(exception.applies({ reader, writer })).toBe(true);
    const { reader: read, writer: written } = exception.example;
    createResolver(JSON.stringify(written), JSON.stringify(read));
  });

  test("a schema reads what it wrote itself", () => {
    fc.assert(
      fc.property(arbitrarySchemaJson(3), (json) => {
        const schema = parseSchema(json);
        expect(checkCompatibility({ reader: schema, writer: parseSchema(json) }).map(formatFinding)).toEqual(
          [],
        );
      }),
    );
  });
});
