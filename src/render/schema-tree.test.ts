import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { renderSchemaTree } from "./schema-tree.ts";
import { expectGolden } from "./testing/compare-golden.ts";
import { recordSchema } from "./testing/records.ts";

const schemas = readFileSync(new URL("cases/spark-schemas.ndjson", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

describe("a schema's tree", () => {
  test("is what Spark 4.1 prints of the same schemas, byte for byte", () => {
    expectGolden("spark-schema", schemas.map(renderSchemaTree).join(""));
  });

  test("says where a record stands inside of itself, which Spark refuses", () => {
    const schema = JSON.stringify({
      type: "record",
      name: "a.User",
      fields: [{ name: "friends", type: { type: "array", items: ["null", "a.User"] } }],
    });
    expect(renderSchemaTree(schema)).toBe(
      "root\n" +
        " |-- friends: array (nullable = false)\n" +
        " |    |-- element: struct (as a.User above) (containsNull = true)\n\n",
    );
  });

  test("gives a schema that is no record one column, value", () => {
    expect(renderSchemaTree('["null","long"]')).toBe("root\n |-- value: long (nullable = true)\n\n");
  });

  test("lets no name act on a terminal", () => {
    expect(renderSchemaTree(recordSchema(["a\u001b[31m", "int"]))).toContain("|-- a\\u001b[31m: integer");
  });
});
