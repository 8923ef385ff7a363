import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AvroError } from "./error.ts";
import { arbitrarySchemaJson } from "./testing/arbitrary-schema.ts";
import { codecOf, record, resolverOf, schemaAndValue, thrownBy } from "./testing/codecs.ts";

describe("bytes that are no value are refused with code and place", () => {
  const list = { type: "array", items: "string" };
  test.each<[string, unknown, string, string, string]>([
    ["nothing", "int", "", "truncated", ""],
    ["an end inside a number", "long", "80", "truncated", ""],
    ["an end inside a text", record({ a: "int", b: "string" }), "020661", "truncated", "/b"],
    ["an end inside a fixed", { type: "fixed", name: "F", size: 2 }, "00", "truncated", ""],
    ["an end between fields", record({ a: "int", b: "boolean" }), "02", "truncated", "/b"],
    ["an end inside an array", list, "0402610261", "truncated", ""],
    ["bytes after the value", "int", "0200", "trailing-bytes", ""],
    ["a branch that is not there", ["null", "int"], "04", "corrupt", ""],
    ["a negative branch", ["null", "int"], "01", "corrupt", ""],
    ["a symbol that is not there", { type: "enum", name: "E", symbols: ["A"] }, "02", "corrupt", ""],
    ["a negative length", record({ s: "string" }), "01", "corrupt", "/s"],
    ["a boolean of 2", "boolean", "02", "corrupt", ""],
    ["an int of 33 bits", "int", "8080808040", "corrupt", ""],
    ["a number of eleven bytes", "long", "8080808080808080808001", "corrupt", ""],
    ["a text that is not UTF-8", record({ s: "string" }), "04c328", "corrupt", "/s"],
    ["a map key that is not UTF-8", { type: "map", values: "int" }, "0202ff0200", "corrupt", ""],
    ["a count beyond the bytes", list, "feffffffffffffff7f", "corrupt", ""],
    [
      "a count of nulls beyond reason",
      { type: "array", items: "null" },
      "feffffffffffffff7f00",
      "corrupt",
      "",
    ],
    [
      "a long past 2^53",
      record({ l: ["null", "long"] }),
      "0280808080808080808001",
      "long-out-of-range",
      "/l",
    ],
    [
      "the smallest long",
      { type: "array", items: "long" },
      "02ffffffffffffffffff0100",
      "long-out-of-range",
      "/0",
    ],
    ["a wrapped branch's value", ["int", "double"], "028000", "truncated", "/double"],
  ])("%s", (_, schema, hex, code, path) => {
    const error = thrownBy(() => codecOf(schema).decode(Buffer.from(hex, "hex")));
    expect(error).toMatchObject({ code, details: { path } });
  });

  test("every message cut short is truncated, and one byte more is too many", () => {
    fc.assert(
      fc.property(schemaAndValue, fc.nat(), ({ json, value }, cut) => {
        const codec = codecOf(json);
        const bytes = codec.encode(value);
        expect(thrownBy(() => codec.decode(Buffer.concat([bytes, Buffer.alloc(1)]))).code).toBe(
          "trailing-bytes",
        );
        if (bytes.length === 0) return;
        expect(thrownBy(() => codec.decode(bytes.subarray(0, cut % bytes.length))).code).toBe("truncated");
      }),
      { numRuns: 200 },
    );
  });

  test("any bytes give a value or an error of ours, soon, with or without a resolver", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const codes = ["truncated", "trailing-bytes", "corrupt", "long-out-of-range"];
    fc.assert(
      fc.property(arbitrarySchemaJson(), bytes, (json, input) => {
        const schema = record({ x: json, y: "int" });
        const skipping = resolverOf(schema, record({ y: "int" }));
        for (const decoder of [codecOf(schema), skipping]) {
          try {
            decoder.decode(input);
          } catch (cause) {
            if (!(cause instanceof AvroError)) throw cause;
            expect(codes).toContain(cause.code);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test("deep nesting in bad bytes does not end the process", () => {
    const codec = codecOf(record({ next: ["R", "null"] }));
    expect(thrownBy(() => codec.decode(Buffer.alloc(2_000_000))).code).toBe("corrupt");
  });

  test("lists of lists of nothing do not take memory without bounds", () => {
    const nothing = { type: "array", items: { type: "array", items: "null" } };
    // 1000 lists of 600,000 nulls each.
    const list = Buffer.from("809f4900", "hex");
    const bytes = Buffer.concat([
      Buffer.from("d00f", "hex"),
      ...new Array<Buffer>(1000).fill(list),
      Buffer.alloc(1),
    ]);
    const holding = record({ x: nothing, y: "int" });
    const whole = Buffer.concat([bytes, Buffer.of(2)]);
    for (const decoder of [codecOf(holding), resolverOf(holding, record({ y: "int" }))]) {
      const { code, message } = thrownBy(() => decoder.decode(whole));
      expect({ code, message }).toEqual({
        code: "corrupt",
        message: expect.stringMatching(/more than 1000000 items of no bytes/),
      });
    }
  });
});
