import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { createCodec, createResolver } from "../src/avro/codec.ts";
import type { TypedSchema } from "../src/avro/typed-schema.ts";
import type { ValueMapping } from "../src/avro/value-mapping.ts";
import { type GeneratedFile, generate } from "./generate.ts";
import type { SchemaFile } from "./group-files.ts";
import {
  type CaseValues,
  checkTypes,
  evaluate,
  evaluateModule,
  valuesModule,
} from "./testing/check-types.ts";

interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  readonly outputs: readonly GeneratedFile[];
  readonly values: CaseValues;
}

const casesFolder = fileURLToPath(new URL("cases", import.meta.url));
const updatesGoldens = process.env.BIRDWIRE_UPDATE_GOLDEN === "1";

function readFiles(folder: string, ending: string): SchemaFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .sort()
    .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join(folder, path), "utf8") }));
}

function readOptions(folder: string): ValueMapping {
  const path = join(folder, "options.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ValueMapping) : {};
}

const cases: readonly GoldenCase[] = readdirSync(casesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const folder = join(casesFolder, name);
    return {
      name,
      folder,
      outputs: generate({ files: readFiles(folder, ".avsc"), values: readOptions(folder) }),
      values: JSON.parse(readFileSync(join(folder, "values.json"), "utf8")) as CaseValues,
    };
  });

describe("what is generated is exactly the golden text", () => {
  test.each(cases)("$name", ({ folder, outputs }) => {
    if (updatesGoldens) {
      for (const { fileName, text } of outputs) writeFileSync(join(folder, `${fileName}.golden`), text);
    }
    const goldens = readFiles(folder, ".golden").map(({ path, text }) => [path, text]);
    const actual = outputs.map(({ fileName, text }): [string, string] => [`${fileName}.golden`, text]);
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(goldens));
  });
});

test("the compiler takes every golden module under --strict, and takes and refuses the values as said", () => {
  const modules = cases.flatMap(({ name, outputs, values }) =>
    [...outputs, { fileName: "values.ts", text: valuesModule(values) }].map(
      ({ fileName, text }): [string, string] => [`${name}/${fileName}`, text],
    ),
  );
  expect(checkTypes(Object.fromEntries(modules))).toBe("");
});

/** Reads what another version wrote, so that the values come by way of a resolver. */
function resolverFromAfar({ json, values }: TypedSchema<unknown>): { decode(bytes: Buffer): unknown } {
  const parsed: unknown = JSON.parse(json);
  const isPlain = typeof parsed === "object" && parsed !== null && "fields" in parsed;
  if (!isPlain) return createResolver(json, json, values);
  const fields = [...(parsed.fields as object[]), { name: "of_the_writer", type: "null" }];
  return createResolver(JSON.stringify({ ...parsed, fields }), json, values);
}

describe("the codec agrees with the types", () => {
  test.each(cases)("$name", ({ outputs, values }) => {
    const output = outputs.find(({ fileName }) => fileName === `${values.module ?? "schema"}.ts`);
    const schema = evaluateModule(output?.text ?? "")[`${values.type}Schema`] as TypedSchema<unknown>;
    const codec = createCodec(schema.json, schema.values);
    const resolver = createResolver(schema.json, schema.json, schema.values);
    const { decode } = resolverFromAfar(schema);
    for (const expression of values.reads) {
      const value = evaluate(expression);
      const bytes = codec.encode(value);
      expect(codec.decode(bytes)).toEqual(value);
      expect(resolver.decode(bytes)).toEqual(value);
      expect(decode(bytes)).toEqual(value);
    }
    for (const expression of values.writes ?? []) {
      expect(codec.check(evaluate(expression))).toEqual([]);
      expect(codec.check(codec.decode(codec.encode(evaluate(expression))))).toEqual([]);
    }
    for (const expression of values.rejects) expect(codec.check(evaluate(expression))).not.toEqual([]);
  });
});
