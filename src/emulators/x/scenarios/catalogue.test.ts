import { describe, expect, test } from "@jest/globals";
import { findScenario, scenarios } from "./catalogue.ts";
import { disconnectTypes } from "./scenario.ts";

/** x-api facts 5.2, item by item, and the scenarios that play each. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  "clean end": ["clean-end"],
  RST: ["rst", "rst-in-flight"],
  "half-open silence (no heartbeat)": ["half-open"],
  "heartbeat but no data": ["heartbeats-only"],
  "notice then close (each disconnect_type)": [
    "notice-operational-disconnect",
    "notice-upstream-operational-disconnect",
    "notice-force-disconnect",
    "notice-upstream-unclean-disconnect",
    "notice-slow-reader",
    "notice-internal-error",
    "notice-client-application-state-degraded",
    "notice-invalid-rules",
    "notice-rst",
  ],
  "notice without close": ["notice-unclosed"],
  "partial last line": ["partial-line", "partial-line-rst", "unterminated-line"],
  "broken JSON": ["broken-json", "odd-json"],
  "unknown message type / bare problem": ["unknown-message", "bare-problem"],
  "no-CRLF flood": ["flood"],
  "1 MB message": ["one-megabyte"],
  "mid-UTF-8 cut": ["cut-utf8", "cut-bytes"],
  "CRLF in its own chunk": ["cut-crlf"],
  "gzip then RST": ["gzip-rst"],
  "corrupt gzip": ["gzip-corrupt"],
  "accept without headers": ["no-headers", "half-headers"],
  "slow headers": ["slow-headers"],
  "error body never ends": ["endless-error-body"],
  "302/HTML 503": ["redirect", "503-html"],
  "401": ["401-unauthorized"],
  "402": ["402-credits-depleted"],
  "403": ["403-official-client-forbidden", "403-client-not-enrolled", "403-unsupported-authentication"],
  "400": ["400-invalid-request"],
  "409 (rules deleted while connected too)": ["409-no-rules", "rules-deleted", "rules-deleted-quiet"],
  "429 a, with and without reset header, reset in the past, clock skew": [
    "429-rate-limit",
    "429-rate-limit-without-reset",
    "429-rate-limit-past-reset",
    "429-rate-limit-clock-skew",
  ],
  "429 b, with and without reset header": [
    "429-too-many-connections",
    "429-too-many-connections-without-reset",
  ],
  "429 c, with and without reset header": ["429-usage-cap", "429-usage-cap-without-reset"],
  "500/502/503/504 with Retry-After": [
    ...["500", "502", "503", "504"],
    ...["500-retry-after", "502-retry-after", "503-retry-after", "504-retry-after", "503-retry-after-date"],
  ],
  "flap (200 then close x N)": ["flap"],
  "ghost connection": ["ghost"],
  "slow reader": ["slow-reader", "slow-reader-notice"],
  "duplicate/late/out-of-order posts": ["duplicates", "late-post", "out-of-order"],
  "edit chain": ["edit-chain"],
  "data and errors (1.3)": ["data-with-errors"],
  "rules endpoint: 5xx, 429, duplicate, partial, cap": [
    ...["rules-500", "rules-503", "rules-429", "rules-duplicate", "rules-partial", "rules-cap"],
  ],
  "rules endpoint: 401, never answered (3.3 row 20)": ["rules-401", "rules-unanswered"],
  "port closed / restart with rules kept or lost": ["port-closed", "restart", "restart-rules-lost"],
};

describe("the catalogue", () => {
  test("plays every item of the specification, and nothing without one", () => {
    const named = Object.values(wanted).flat();
    expect([...named].sort()).toEqual(scenarios.map(({ name }) => name).sort());
    expect(new Set(named).size).toBe(named.length);
    expect(named.length).toBeGreaterThanOrEqual(45);
  });

  test("has a notice of every type that X names", () => {
    const played = scenarios.flatMap(({ strikes }) =>
      strikes.strike.kind === "notice" && strikes.strike.ending === "end" ? [strikes.strike.type] : [],
    );
    expect(played).toEqual([...disconnectTypes]);
  });

  test("says of each what X does in one sentence without a full stop", () => {
    for (const { what } of scenarios) expect(what).toMatch(/^[^.\n]*[^.\n\s]$/u);
  });

  test.each([
    ["rts", "did you mean rst?"],
    ["clean-ned", "did you mean clean-end?"],
    ["half", "there are half-open, half-headers"],
    ["429-rate", "429-rate-limit-without-reset"],
    ["tornado", "`birdwire x-scenarios` lists all of them"],
  ])("has no %s, and says so with what there is", (name, hint) => {
    expect(() => findScenario(name)).toThrow(
      expect.objectContaining({ code: "invalid-option", message: expect.stringContaining(hint) }),
    );
  });
});
