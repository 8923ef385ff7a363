import { expect, test } from "@jest/globals";
import { printSpread, spreadOf } from "./statistics.ts";

test.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[5, 1, 3], { median: 3, min: 1, max: 5 }],
  [[10, 2, 4, 8], { median: 6, min: 2, max: 10 }],
])("the spread of %j is %j", (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});

test("a spread is printed with its ends", () => {
  expect(printSpread({ median: 1.234, min: 1, max: 2 }, 2)).toBe("1.23 (1.00 to 2.00)");
});
