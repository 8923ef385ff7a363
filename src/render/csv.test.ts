import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type CsvOptions, createCsvRenderer } from "./csv.ts";
import { expectGolden } from "./testing/compare-golden.ts";
import { everything, everythingSchema, recordOf, recordSchema } from "./testing/records.ts";

type Options = Partial<Omit<CsvOptions, "kind" | "schema">>;

function show(value: unknown, type: unknown = "string", options: Options = {}): string {
  const renderer = createCsvRenderer({
    kind: "csv",
    schema: recordSchema(["a", "int"], ["x", type]),
    ...options,
  });
  return renderer.render(recordOf({ a: 1, x: value })).replace(/^1,(.*)\r\n$/s, "$1");
}

/** The rows of a CSV text as RFC 4180 reads them, nothing of ours in it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    row.push(found[1] === undefined ? (found[2] ?? "") : found[1].replaceAll('""', '"'));
    if (found[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

describe("csv", () => {
  test("names every field by its path, and shows every kind of value", () => {
    const renderer = createCsvRenderer({ kind: "csv", schema: everythingSchema });
    const rows = [everything, { ...everything, bare: null, author: null }].map((value) =>
      renderer.render(recordOf(value)),
    );
    expectGolden("csv-everything", (renderer.head ?? "") + rows.join(""));
  });

  test("gives a record inside of itself one column of JSON where it would go on for ever", () => {
    const { head = "" } = createCsvRenderer({ kind: "csv", schema: everythingSchema });
    expect(head).toContain(",author.name,author.pinned,");
  });

  test("puts what Kafka knows of a record first when asked, and the value's fields under value", () => {
    const renderer = createCsvRenderer({
      kind: "csv",
      schema: recordSchema(["key", "string"]),
      meta: true,
    });
    expect(renderer.head).toBe("topic,partition,offset,timestamp,key,writer.id,writer.version,value.key\r\n");
    expect(renderer.render(recordOf({ key: "k" }))).toBe(
      "twitter,2,1234,2024-02-29T09:00:00.123Z,1700000000000000102,7,1,k\r\n",
    );
    expect(
      renderer.render(recordOf(null, { key: null, timestampMs: -1, writer: { id: 7, version: null } })),
    ).toBe("twitter,2,1234,,,7,,\r\n");
  });

  test("has no head without a header", () => {
    const schema = recordSchema(["x", "int"]);
    expect(createCsvRenderer({ kind: "csv", schema, header: false }).head).toBeUndefined();
  });

  test.each<[value: unknown, type: unknown, expected: string]>([
    ["plain", "string", "plain"],
    ["a,b", "string", '"a,b"'],
    ['say "hi"', "string", '"say ""hi"""'],
    ["two\nlines", "string", '"two\nlines"'],
    ["a\rb", "string", '"a\rb"'],
    [" edge ", "string", '" edge "'],
    ["", "string", '""'],
    [null, ["null", "string"], ""],
    [["a", 'b"'], { type: "array", items: "string" }, '"[""a"",""b\\""""]"'],
    [-3, "int", "-3"],
    [9_007_199_254_740_993n, "long", "9007199254740993"],
    [true, "boolean", "true"],
    [Buffer.from([255]), "bytes", "/w=="],
  ])("prints %j of %j as %s", (value, type, expected) => {
    expect(show(value, type)).toBe(expected);
  });

  test.each([
    ["=1+1", "'=1+1"],
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ["+49", "'+49"],
    ["-1", "'-1"],
    ["@SUM(1)", "'@SUM(1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\r=1"`],
    ["＝1+1", "'＝1+1"],
    ["'=1", "''=1"],
    ["'quoted'", "'quoted'"],
    ["a=1", "a=1"],
  ])("takes the formula out of %j", (text, expected) => {
    expect(show(text)).toBe(expected);
  });

  test("takes the formula out of what lists, maps and keys hold, and leaves numbers alone", () => {
    expect(show([-1], { type: "array", items: "int" })).toBe("[-1]");
    const renderer = createCsvRenderer({
      kind: "csv",
      schema: recordSchema(["x", "int"]),
      meta: true,
    });
    expect(renderer.render(recordOf({ x: -1 }, { key: Buffer.from("=1") }))).toContain(",'=1,7,1,-1\r\n");
  });

  test("keeps formulas when told to", () => {
    expect(show("=1+1", "string", { formulas: "keep" })).toBe("=1+1");
  });

  test("shows a terminal nothing it would act on", () => {
    const shown = show("a\u001b]52;c;QQ==\u0007\u202e\u0000\r\n\tb", "string", { terminal: true });
    expect(shown).toBe('"a\\u001b]52;c;QQ==\\a\\u202e\\u0000\n\\u0009b"');
  });

  test("gives a schema that is no record one column, value", () => {
    const renderer = createCsvRenderer({ kind: "csv", schema: '["null","long"]' });
    expect(renderer.head).toBe("value\r\n");
    expect(renderer.render(recordOf(5n))).toBe("5\r\n");
    // An empty line is no row to most readers.
    expect(renderer.render(recordOf(null))).toBe('""\r\n');
  });

  test("reads back as it was written, whatever the text, once the ' before a formula is off", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."=+-@'\",\r\n\t a") }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (pairs) => {
        const schema = recordSchema(["a", "string"], ["b", "string"]);
        const renderer = createCsvRenderer({ kind: "csv", schema });
        const printed = pairs.map(([a, b]) => renderer.render(recordOf({ a, b }))).join("");
        const cells = parseCsv(printed);
        expect(cells.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
        const plain = cells.map((row) =>
          row.map((cell) => (/^'+[=+\-@\t\r＋－＝＠]/.test(cell) ? cell.slice(1) : cell)),
        );
        expect(plain).toEqual(pairs.map((pair) => [...pair]));
      }),
      { numRuns: 500 },
    );
  });
});
