import { expect, test } from "@jest/globals";
import { isJsonObject, isWellFormedText } from "./json.ts";

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [JSON.parse('{"__proto__": 1}'), true],
  [null, false],
  [[], false],
  ["{}", false],
  [1, false],
  [undefined, false],
])("isJsonObject(%j) is %s", (value, is) => {
  expect(isJsonObject(value)).toBe(is);
});

test.each([
  ["plain", true],
  ["", true],
  ["\ufffd", true],
  ["👩‍👩‍👧", true],
  ["\ud800", false],
  ["a\udc00b", false],
  ["\udc00\ud800", false],
])("isWellFormedText(%j) is %s", (text, is) => {
  expect(isWellFormedText(text)).toBe(is);
});
