import { describe, expect, test } from "@jest/globals";
import { parseSchema } from "../avro/parse-schema.ts";
import { explainResolution } from "./explain-resolution.ts";

const record = (...fields: readonly unknown[]) => ({ type: "record", name: "R", fields });
const explain = (reader: unknown, writer: unknown) =>
  explainResolution({ reader: parseSchema(reader), writer: parseSchema(writer) });

describe("explainResolution", () => {
  test.each<[string, unknown, unknown, readonly unknown[]]>([
    ["the same schema: nothing", record({ name: "a", type: "int" }), record({ name: "a", type: "int" }), []],
    [
      "a field that only the reader has",
      record({ name: "a", type: "int" }, { name: "b", type: ["null", "string"], default: null }),
      record({ name: "a", type: "int" }),
      [{ kind: "defaulted", path: ["b"], value: null }],
    ],
    [
      "a field that only the writer has",
      record({ name: "a", type: "int" }),
      record({ name: "old", type: "string" }, { name: "a", type: "int" }),
      [{ kind: "dropped", path: ["old"] }],
    ],
    [
      "a widened number, a text of bytes and a promotion inside of a union",
      record(
        { name: "a", type: "long" },
        { name: "b", type: "string" },
        { name: "c", type: ["null", "double"] },
      ),
      record({ name: "a", type: "int" }, { name: "b", type: "bytes" }, { name: "c", type: ["null", "int"] }),
      [
        { kind: "promoted", path: ["a"], from: "int", to: "long" },
        { kind: "promoted", path: ["b"], from: "bytes", to: "string" },
        { kind: "promoted", path: ["c"], from: "int", to: "double" },
      ],
    ],
    ["a branch of its own before a wider one", ["double", "int"], "int", []],
    [
      "a renamed field, which is promoted, too",
      record({ name: "text", aliases: ["body"], type: "string" }),
      record({ name: "body", type: "bytes" }),
      [
        { kind: "alias", path: ["text"], written: "body" },
        { kind: "promoted", path: ["text"], from: "bytes", to: "string" },
      ],
    ],
    [
      "a renamed type",
      { ...record(), name: "New", aliases: ["R"] },
      record(),
      [{ kind: "alias", path: [], written: "R" }],
    ],
    [
      "symbols that the reader does not know",
      { type: "enum", name: "E", symbols: ["A", "X"], default: "X" },
      { type: "enum", name: "E", symbols: ["A", "B", "C"] },
      [{ kind: "symbols-defaulted", path: [], symbols: ["B", "C"], value: "X" }],
    ],
    [
      "fields inside of lists, maps and unions",
      {
        type: "map",
        values: { type: "array", items: ["null", record({ name: "a", type: "int", default: 7 })] },
      },
      { type: "map", values: { type: "array", items: record({ name: "b", type: "int" }) } },
      [
        { kind: "defaulted", path: ["{}", "[]", "a"], value: 7 },
        { kind: "dropped", path: ["{}", "[]", "b"] },
      ],
    ],
    [
      "a recursive type, once",
      record({ name: "next", type: ["null", "R"] }, { name: "n", type: "long" }),
      record({ name: "next", type: ["null", "R"] }, { name: "n", type: "int" }),
      [{ kind: "promoted", path: ["n"], from: "int", to: "long" }],
    ],
  ])("%s", (_what, reader, writer, steps) => {
    expect(explain(reader, writer)).toEqual(steps);
  });
});
