import { expect, test } from "@jest/globals";
import { parseDurationMs } from "./duration.ts";

test.each([
  ["0", 0],
  [" 0 ", 0],
  ["0s", 0],
  ["500ms", 500],
  ["3s", 3000],
  [" 3s ", 3000],
  ["1.5m", 90_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["0.4ms", 0],
  ["0.5ms", 1],
])("%j is %d ms", (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each([
  "",
  " ",
  "5",
  "s",
  "-1s",
  "+1s",
  "1 s",
  "1.s",
  ".5s",
  "1e3s",
  "1w",
  "1S",
  "3s4s",
  `${"9".repeat(400)}d`,
  "9007199254740993ms",
])("%j is no duration", (text) => {
  expect(parseDurationMs(text)).toBeNull();
});
