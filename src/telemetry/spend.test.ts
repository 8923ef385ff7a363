import { expect, test } from "@jest/globals";
import { costOf, formatMills } from "./spend.ts";

test("A post costs half a cent and a user one", () => {
  expect(costOf({ posts: 1, users: 0 })).toBe(5);
  expect(costOf({ posts: 1000, users: 1 })).toBe(5010);
});

test.each([
  [0, "$0.00"],
  [5, "$0.005"],
  [10, "$0.01"],
  [5000, "$5.00"],
  [1_234_565, "$1234.565"],
])("%d thousandths are %s", (mills, text) => {
  expect(formatMills(mills)).toBe(text);
});
