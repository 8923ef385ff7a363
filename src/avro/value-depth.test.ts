import { expect, test } from "@jest/globals";
import { parseSchema } from "./parse-schema.ts";
import { compileDepthCheck, deepestValue } from "./value-depth.ts";

const list = (items: unknown) => ({ type: "array", items });
const record = (name: string, type: unknown) => ({ type: "record", name, fields: [{ name: "f", type }] });

test.each<[string, unknown]>([
  ["a list of lists", list(list("int"))],
  [
    "a record that is there twice",
    {
      type: "record",
      name: "R",
      fields: [
        { name: "a", type: record("S", "int") },
        { name: "b", type: list("S") },
      ],
    },
  ],
])("%s cannot nest without end", (_, schema) => {
  expect(compileDepthCheck(parseSchema(schema))).toBeNull();
});

test.each<[string, unknown]>([
  ["in a list", record("R", list("R"))],
  ["in a union in a map", record("R", { type: "map", values: ["null", "R"] })],
  ["in a record in it", record("R", ["null", record("S", list("R"))])],
  ["below another", list(record("R", list("R")))],
])("a record that holds itself %s nests so deep and no deeper", (_, schema) => {
  const isTooDeep = compileDepthCheck(parseSchema(schema));
  const nested = (levels: number) => {
    let value: unknown = Buffer.from("bytes");
    for (let level = 0; level < levels; level += 1)
      value = level % 2 === 0 ? [1, value] : { a: null, f: value };
    return value;
  };
  expect([deepestValue, deepestValue + 1].map((levels) => isTooDeep?.(nested(levels)))).toEqual([
    false,
    true,
  ]);
});
