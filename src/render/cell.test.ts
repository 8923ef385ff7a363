import { describe, expect, test } from "@jest/globals";
import { createCellPrinter } from "./cell.ts";
import { parseShape } from "./schema-shape.ts";

const timestamp = { type: "long", logicalType: "timestamp-millis" };
const date = { type: "int", logicalType: "date" };
const msOf = (iso: string): number => Date.parse(iso);
const daysOf = (iso: string): number => Date.parse(iso) / 86_400_000;

// Every expected text is what Spark 4.1.1 shows for the same value (session time zone UTC).
describe("a cell", () => {
  test.each<[type: unknown, value: unknown, expected: string]>([
    ["double", 1, "1.0"],
    ["double", -0, "-0.0"],
    ["double", 1.5e10, "1.5E10"],
    ["double", 1e-4, "1.0E-4"],
    ["double", 1e-5, "1.0E-5"],
    ["double", 0.001, "0.001"],
    ["double", 9_999_999.9, "9999999.9"],
    ["double", 1e7, "1.0E7"],
    ["double", 1e21, "1.0E21"],
    ["double", 123_456_789.125, "1.23456789125E8"],
    ["double", Number.NaN, "NaN"],
    ["double", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["float", Math.fround(0.1), "0.1"],
    ["float", Math.fround(1e22), "1.0E22"],
    ["float", Math.fround(3.402_823_5e38), "3.4028235E38"],
    ["float", 16_777_216, "1.6777216E7"],
    ["float", Math.fround(123_456.789), "123456.79"],
    ["bytes", Buffer.from([0x00, 0xff, 0xab]), "[00 FF AB]"],
    ["bytes", Buffer.alloc(0), "[]"],
    [
      { type: "bytes", logicalType: "decimal", precision: 20, scale: 12 },
      Buffer.from([0x03, 0xe8]),
      "0.000000001000",
    ],
    [timestamp, msOf("2022-06-14T18:00:00.120Z"), "2022-06-14 18:00:00.12"],
    [timestamp, msOf("2022-06-14T18:00:00.000Z"), "2022-06-14 18:00:00"],
    [timestamp, msOf("-000044-03-15T01:02:03Z"), "-0044-03-15 01:02:03"],
    [timestamp, msOf("+012022-03-15T01:02:03.100Z"), "+12022-03-15 01:02:03.1"],
    [date, daysOf("+012022-03-15"), "+12022-03-15"],
    [date, daysOf("0000-01-01"), "0000-01-01"],
    [date, daysOf("-000001-12-31"), "-0001-12-31"],
    [{ type: "array", items: ["null", "int"] }, [1, null, 3], "[1, NULL, 3]"],
    [{ type: "array", items: { type: "array", items: "string" } }, [["a", "b"]], "[[a, b]]"],
    [{ type: "array", items: "bytes" }, [Buffer.from("ab")], "[[61 62]]"],
    [{ type: "map", values: ["null", "int"] }, { k: 1, l: null }, "{k -> 1, l -> NULL}"],
    [{ type: "array", items: "int" }, [], "[]"],
    [{ type: "map", values: "int" }, {}, "{}"],
  ])("of %j shows %p as %s", (type, value, expected) => {
    expect(createCellPrinter(parseShape(JSON.stringify(type)))(value)).toBe(expected);
  });

  test("shows a time past what a calendar can say as its number", () => {
    expect(createCellPrinter(parseShape(JSON.stringify(timestamp)))(9e15)).toBe("9000000000000000");
  });

  test("shows the value of a union bare, whichever branch it is", () => {
    const print = createCellPrinter(
      parseShape('["null", "int", "long", {"type": "array", "items": "string"}]'),
    );
    expect([null, { int: 1 }, { long: 2n }, ["a"]].map(print)).toEqual(["NULL", "1", "2", "[a]"]);
  });
});
