import { describe, expect, test } from "@jest/globals";
import { readBudget, readDateMs, readTimes } from "./answer-times.ts";

const nowMs = Date.UTC(2026, 0, 1);
const httpDate = (ms: number) => new Date(ms).toUTCString();
const seconds = (ms: number) => String(ms / 1000);

describe("readTimes", () => {
  test.each([
    ["nothing", {}, { resetInMs: null, retryAfterMs: null }],
    ["a reset by our clock", { "x-rate-limit-reset": seconds(nowMs + 60_000) }, { resetInMs: 60_000 }],
    ["a reset that is past", { "x-rate-limit-reset": seconds(nowMs - 60_000) }, { resetInMs: -60_000 }],
    ["a reset that is none", { "x-rate-limit-reset": "soon" }, { resetInMs: null }],
    ["a reset of zero", { "x-rate-limit-reset": "0" }, { resetInMs: null }],
    [
      "a reset by a clock an hour ahead of ours",
      { date: httpDate(nowMs + 3_600_000), "x-rate-limit-reset": seconds(nowMs + 3_660_000) },
      { resetInMs: 60_000 },
    ],
    [
      "a reset by a clock a day behind ours",
      { date: httpDate(nowMs - 86_400_000), "x-rate-limit-reset": seconds(nowMs - 86_400_000 + 30_000) },
      { resetInMs: 30_000 },
    ],
    ["seconds", { "retry-after": "7" }, { retryAfterMs: 7_000 }],
    [
      "a date",
      { date: httpDate(nowMs + 3_600_000), "retry-after": httpDate(nowMs + 3_605_000) },
      { retryAfterMs: 5_000 },
    ],
    ["a date that is past", { "retry-after": httpDate(nowMs - 1_000) }, { retryAfterMs: 0 }],
    ["words", { "retry-after": "later" }, { retryAfterMs: null }],
    ["a date that is none", { date: "today", "retry-after": "7" }, { retryAfterMs: 7_000 }],
  ])("reads %s", (_, head, times) => {
    expect(readTimes(head, nowMs)).toMatchObject(times);
  });
});

test("readDateMs and readBudget answer null where the head says nothing", () => {
  expect(readDateMs({})).toBeNull();
  expect(readBudget({ "x-rate-limit-limit": "50" })).toBeNull();
  expect(readBudget({ "x-rate-limit-limit": "50", "x-rate-limit-remaining": "0" })).toEqual({
    limit: 50,
    remaining: 0,
  });
});
