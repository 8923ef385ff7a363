import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isTimestamp, parseTimestampMs } from "./timestamp.ts";

describe("a time", () => {
  test("is what Date makes of it, whenever it is", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
        (date) => {
          expect(parseTimestampMs(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });

  test("is the same time however it is written", () => {
    for (const text of ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000Z", "2026-02-01T00:59:59+01:00"]) {
      expect(parseTimestampMs(text)).toBe(Date.UTC(2026, 0, 31, 23, 59, 59));
    }
  });

  test.each([
    "0001-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "2024-02-29T00:00:00.000Z",
    "2024-02-28T23:59:59.999Z",
    "2024-03-01T00:00:00.000Z",
    "2100-03-01T00:00:00.000Z",
    "2026-12-31T00:00:00.000Z",
  ])("at an edge is taken as Date takes it: %s", (text) => {
    expect(parseTimestampMs(text)).toBe(Date.parse(text));
  });

  test("with any one character changed is none, or another time", () => {
    const good = "2026-01-28T12:34:56.789Z";
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const text = good.slice(0, at) + character + good.slice(at + 1);
        const ms = parseTimestampMs(text);
        expect(isTimestamp(text)).toBe(ms !== null);
        if (ms !== null) expect(new Date(ms).toISOString()).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    "2026-02-29T00:00:00.000Z",
    "2026-02-30T00:00:00.000Z",
    "2026-13-01T00:00:00.000Z",
    "2026-00-10T00:00:00.000Z",
    "2026-01-00T00:00:00.000Z",
    "2026-01-10T24:00:00.000Z",
    "2026-01-10T00:60:00.000Z",
    "2026-01-10T00:00:60.000Z",
    "2026-01-10 00:00:00.000Z",
    "2026-01-10T00:00:00.000",
    "2026-01-10T00:00:00.00 Z",
    "٢٠٢٦-01-10T00:00:00.000Z",
    "",
  ])("%j is none", (text) => {
    expect(parseTimestampMs(text)).toBeNull();
  });
});
