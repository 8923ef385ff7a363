import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseSchemaIdHeader, readSchemaIdHeader } from "./headers.ts";

const guidHex = "0102030405060708090a0b0c0d0e0f10";

describe("parseSchemaIdHeader", () => {
  test.each([
    ["a GUID", `01${guidHex}`, { kind: "guid", guid: "01020304-0506-0708-090a-0b0c0d0e0f10" }],
    ["an id", "000000002a", { kind: "id", id: 42 }],
    ["nothing", "", { kind: "bad-length", length: 0 }],
    ["a GUID one byte short", `01${guidHex.slice(2)}`, { kind: "bad-length", length: 16 }],
    ["a GUID one byte long", `01${guidHex}00`, { kind: "bad-length", length: 18 }],
    ["an id one byte short", "00000001", { kind: "bad-length", length: 4 }],
    ["an id one byte long", "00000000012a", { kind: "bad-length", length: 6 }],
    ["id 0", "0000000000", { kind: "bad-id", id: 0 }],
    ["another magic byte", "0200000001", { kind: "bad-magic", magic: 2 }],
  ])("reads %s", (_what, hex, expected) => {
    expect(parseSchemaIdHeader(Buffer.from(hex, "hex"))).toEqual(expected);
  });

  test("never throws, and prints each GUID's sixteen bytes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 20 }), (magic, rest) => {
        const outcome = parseSchemaIdHeader(Buffer.from([magic, ...rest]));
        if (outcome.kind === "guid")
          expect(Buffer.from(outcome.guid.replaceAll("-", ""), "hex")).toEqual(Buffer.from(rest));
        expect(outcome.kind === "guid").toBe(magic === 1 && rest.length === 16);
      }),
    );
  });
});

describe("readSchemaIdHeader", () => {
  const headers = {
    __key_schema_id: Buffer.from("0000000001", "hex"),
    __value_schema_id: Buffer.from("0000000002", "hex"),
  };

  test("tells key and value apart", () => {
    expect(readSchemaIdHeader(headers, "key")).toEqual({ kind: "id", id: 1 });
    expect(readSchemaIdHeader(headers, "value")).toEqual({ kind: "id", id: 2 });
  });

  test("is null when the header is not there, whatever the object inherits", () => {
    expect(readSchemaIdHeader({}, "value")).toBeNull();
    expect(readSchemaIdHeader(Object.create(headers), "value")).toBeNull();
  });
});
