import { describe, expect, test } from "@jest/globals";
import { parseBudget } from "./budget.ts";
import { parseConfig } from "./load-config.ts";

describe("a budget", () => {
  test.each([
    ["5usd/day", 5000],
    ["0.5usd/day", 500],
    [".005usd/day", 5],
    ["12.345 USD / day", 12_345],
    ["2.30usd/day", 2300],
  ])("is read from %s", (text, millsPerDay) => {
    expect(parseBudget(text)).toEqual({ kind: "parsed", budget: { millsPerDay } });
  });

  test.each([
    ["5", "has no currency"],
    ["5/day", "has no currency"],
    ["5usd", "does not say for how long"],
    ["5usd/", "does not say for how long"],
    ["5usd/month", "is not for a day but for a month"],
    ["5eur/day", "is not in usd"],
    ["5$/day", "is not in usd"],
    ["$5/day", "is not a budget"],
    ["-5usd/day", "is not a budget"],
    ["5,50usd/day", "is not a budget"],
    ["usd/day", "is not a budget"],
    ["", "is not a budget"],
    ["0usd/day", "is no money at all"],
    ["0.0004usd/day", "finer than a tenth of a cent"],
    ["9999999999999usd/day", "more than a billion"],
    [5, "is not a budget"],
  ])("is not read from %s", (text, reason) => {
    expect(parseBudget(text)).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) });
  });

  test("is a setting like any other", () => {
    expect(parseConfig({ flags: {}, env: { BIRDWIRE_BUDGET: "1usd/day" } }).budget).toEqual({
      millsPerDay: 1000,
    });
    expect(() => parseConfig({ flags: { budget: "1" }, env: {} })).toThrow(/^--budget: "1" has no currency/);
  });
});
