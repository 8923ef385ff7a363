import { expect, test } from "@jest/globals";
import { isCaught } from "./play-defects.ts";

test.each([
  ["cases that see something wrong catch a defect", ["a"], 2, false, true],
  ["a defect that no case notices is not caught", [], 2, false, false],
  ["a defect that all cases notice broke their set-up", ["a", "b"], 2, false, false],
  ["a defect at which cases only run out of time is not caught", ["a"], 2, true, false],
])("%s", (_what, noticedBy, cases, isByTimeAlone, expected) => {
  expect(isCaught({ noticedBy, cases, isByTimeAlone })).toBe(expected);
});
