/**
 * The verdicts against what the codec's resolver does with real bytes.
 */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec, createResolver } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import { parseSchema } from "../avro/parse-schema.ts";
import { arbitrarySchemaJson, arbitraryValue } from "../avro/testing/arbitrary-schema.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import { formatFinding } from "./finding.ts";

/** Small changes of the kinds that people make; most keep some readers and break others. */
function mutate(json: unknown, choose: () => number): unknown {
  if (Array.isArray(json)) {
    const branches = json.map((branch) => mutate(branch, choose));
    return choose() === 0 && branches.length > 1 ? branches.slice(1) : branches;
  }
  if (typeof json === "string") return choose() === 0 ? (promoted[json] ?? json) : json;
  if (typeof json !== "object" || json === null) return json;
  const schema = json as Record<string, unknown>;
  switch (schema.type) {
    case "array":
      return { ...schema, items: mutate(schema.items, choose) };
    case "map":
      return { ...schema, values: mutate(schema.values, choose) };
    case "fixed":
      return choose() === 0 ? { ...schema, size: (schema.size as number) + 1 } : schema;
    case "enum": {
      const symbols = schema.symbols as readonly string[];
      const change = choose();
      if (change === 0) return { ...schema, symbols: [...symbols, "NEW"] };
      return change === 1 ? { ...schema, symbols: ["NEW"], default: "NEW" } : schema;
    }
    case "record": {
      const fields = (schema.fields as readonly { name: string; type: unknown }[]).map((field) => ({
        ...field,
        type: mutate(field.type, choose),
      }));
      switch (choose()) {
        case 0:
          return { ...schema, fields: fields.slice(1) };
        case 1:
          return { ...schema, fields: [...fields, { name: "added", type: "int", default: 7 }] };
        case 2:
          return { ...schema, fields: [...fields, { name: "required", type: "int" }] };
        case 3:
          return {
            ...schema,
            fields: fields.map((field) => ({ ...field, name: `new_${field.name}`, aliases: [field.name] })),
          };
        case 4:
          return { ...schema, name: `New${String(schema.name)}` };
        default:
          return { ...schema, fields: fields.toReversed() };
      }
    }
    default:
      return schema;
  }
}

const promoted: Readonly<Record<string, string>> = {
  int: "long",
  long: "double",
  float: "double",
  boolean: "int",
};

function isSchema(json: unknown): boolean {
  try {
    parseSchema(json);
    return true;
  } catch {
    return false;
  }
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

/** A writer's schema, a reader's that came of it or that it came of, and a value of the writer. */
const cases = fc
  .record({
    json: arbitrarySchemaJson(2),
    choices: fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
    swap: fc.boolean(),
  })
  .map(({ json, choices, swap }) => {
    let next = 0;
    const changed = mutate(json, () => choices[next++ % choices.length] ?? 0);
    return swap ? { writer: changed, reader: json } : { writer: json, reader: changed };
  })
  // A promotion may have given a union the same type twice.
  .filter(({ writer, reader }) => [writer, reader].every(isSchema))
  .chain(({ writer, reader }) =>
    arbitraryValue(parseSchema(writer)).map((value) => ({ writer, reader, value })),
  );

describe("for any change of any schema", () => {
  test("a compatible writer's values are read, and an incompatible one gets no resolver", () => {
    let compatible = 0;
    let incompatible = 0;
    fc.assert(
      fc.property(cases, ({ writer, reader, value }) => {
        const findings = checkCompatibility({ reader: parseSchema(reader), writer: parseSchema(writer) });
        const open = () => createResolver(JSON.stringify(writer), JSON.stringify(reader));
        if (findings.length > 0) {
          incompatible++;
          expect(open).toThrow(expect.objectContaining({ code: "cannot-resolve" }));
          return;
        }
        compatible++;
        const bytes = createCodec(JSON.stringify(writer)).encode(value);
        const resolver = open();
        // Bytes are read as a string where they are UTF-8, which only the value tells.
        fc.pre(!mayReadBytesAsText(writer, reader) || !isCorrupt(() => resolver.decode(bytes)));
        const read = resolver.decode(bytes);
        expect(createCodec(JSON.stringify(reader)).check(read)).toEqual([]);
      }),
      { numRuns: 600 },
    );
    // Both verdicts must have been met often, or the property says little.
    expect(compatible).toBeGreaterThan(50);
    expect(incompatible).toBeGreaterThan(50);
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
