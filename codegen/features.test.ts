import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { createCodec } from "../src/avro/codec.ts";
import { generate } from "./generate.ts";
import { checkTypes, evaluate, valuesModule } from "./testing/check-types.ts";

interface Feature {
  readonly name: string;
  readonly schema: unknown;
  readonly accepts: readonly string[];
  readonly rejects: readonly string[];
}

// A collection of schemas and values to measure generators with, which is no part of the project.
const path = process.env.BIRDWIRE_CODEGEN_FEATURES;
const features = path === undefined ? [] : (JSON.parse(readFileSync(path, "utf8")) as readonly Feature[]);
const here = path === undefined ? test.skip : test;

here("every feature of the collection that BIRDWIRE_CODEGEN_FEATURES names comes out right", () => {
  const modules = features.flatMap(({ name, schema, accepts, rejects }) => {
    const [output] = generate({ files: [{ path: "schema.avsc", text: JSON.stringify(schema) }] });
    const codec = createCodec(JSON.stringify(schema));
    for (const expression of accepts) {
      const value = evaluate(expression);
      expect(codec.decode(codec.encode(value))).toEqual(value);
    }
    return [
      [`${name}/schema.ts`, output?.text ?? ""],
      [`${name}/values.ts`, valuesModule({ type: "Root", reads: accepts, rejects })],
    ];
  });
  expect(features.length).toBeGreaterThan(0);
  expect(checkTypes(Object.fromEntries(modules))).toBe("");
});
