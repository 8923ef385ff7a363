/**
 * What goes wrong with the rules endpoint. Source: x-api facts 1.6, 3.3 row 20 and 5.2.
 */
import { tooManyRequests, unauthorized } from "../../problems.ts";
import type { CallStrike, Refusal, Scenario } from "../scenario.ts";

function ruleScenario(name: string, what: string, strike: CallStrike, exitCode?: number): Scenario {
  return {
    name,
    what,
    source: strike.kind === "stall-call" ? "3.3 row 20" : "1.6",
    client: exitCode === undefined ? { kind: "recovers" } : { kind: "ends", exitCode },
    posts: "all of them settle",
    strikes: { on: "call", strike },
  };
}

const refused = (answer: Refusal, times = 1): CallStrike => ({ kind: "refuse-call", times, answer });

const problem = (status: number, title: string): Refusal => ({
  status,
  body: { title, detail: title, type: "about:blank", status },
});

export const ruleScenarios: readonly Scenario[] = [
  ruleScenario(
    "rules-500",
    "a call of the rules endpoint fails with 500",
    refused(problem(500, "Internal Server Error")),
  ),
  ruleScenario(
    "rules-503",
    "two calls of the rules endpoint fail with 503 and Retry-After: 5",
    refused({ ...problem(503, "Service Unavailable"), retryAfter: { seconds: 5, as: "seconds" } }, 2),
  ),
  ruleScenario(
    "rules-429",
    "a call of the rules endpoint is refused with 429, until x-rate-limit-reset in 90 s",
    refused({ ...tooManyRequests, rateLimit: "spent" }),
  ),
  ruleScenario("rules-401", "a call of the rules endpoint is refused with 401", refused(unauthorized), 5),
  ruleScenario("rules-unanswered", "a call of the rules endpoint is never answered", {
    kind: "stall-call",
    times: 1,
  }),
  ruleScenario("rules-duplicate", "a rule is there already when it is added: another process was faster", {
    kind: "duplicate-rule",
    times: 1,
  }),
  ruleScenario("rules-partial", "one of the added rules is not created: X had an error of its own", {
    kind: "partial-rules",
    times: 1,
  }),
  ruleScenario(
    "rules-cap",
    "no rule is created: the app has as many as it may",
    { kind: "rule-cap", times: 1 },
    2,
  ),
];
