import { describe, expect, test } from "@jest/globals";
import { classifyFailure } from "./failure.ts";
import { readNoticeMeaning } from "./notice.ts";
import { readProblem } from "./problem.ts";

const meaningOf = (body: unknown) => readNoticeMeaning(readProblem(body));
const operational = (disconnect_type: string) => ({
  errors: [{ title: "operational-disconnect", disconnect_type, type: "x/operational-disconnect" }],
});

describe("readNoticeMeaning", () => {
  test.each([
    "OperationalDisconnect",
    "UpstreamOperationalDisconnect",
    "ForceDisconnect",
    "UpstreamUncleanDisconnect",
    "SlowReader",
    "InternalError",
    "ATypeNobodyKnowsYet",
  ])("lets the stream be connected again at once after %s", (type) => {
    expect(meaningOf(operational(type))).toEqual({
      kind: "disconnect",
      reason: `notice operational-disconnect ${type}`,
      failure: null,
    });
  });

  test.each([
    ["InvalidRules", operational("InvalidRules"), "no-rules"],
    ["ClientApplicationStateDegraded", operational("ClientApplicationStateDegraded"), "server"],
    ["the usage cap", { errors: [{ title: "UsageCapExceeded" }] }, "usage-capped"],
    ["the usage cap by its type", { title: "x", detail: "y", type: "x/usage-capped" }, "usage-capped"],
    ["credits", { title: "CreditsDepleted", detail: "x" }, "credits-depleted"],
    [
      "another connection",
      { title: "ConnectionException", connection_issue: "TooManyConnections" },
      "too-many-connections",
    ],
    [
      "rules that are gone",
      { title: "ConnectionException", connection_issue: "RuleConfigurationIssue" },
      "no-rules",
    ],
    [
      "rules that are bad",
      { title: "ConnectionException", connection_issue: "RulesInvalidIssue" },
      "no-rules",
    ],
    ["the rate", { title: "x", type: "x/rate-limit-exceeded" }, "rate-limit"],
    ["the rate by its status", { title: "Too Many Requests", status: 429 }, "rate-limit"],
    ["access", { title: "x", type: "x/client-forbidden" }, "forbidden"],
    ["the token", { title: "Unauthorized", status: 401 }, "unauthorized"],
    ["an outage", { title: "Service Unavailable", status: 503 }, "server"],
  ])("takes a notice about %s for what the next connect would meet", (_, body, kind) => {
    const meaning = meaningOf(body);
    if (meaning.kind !== "disconnect" || meaning.failure === null) throw new Error("announces nothing");
    expect(classifyFailure(meaning.failure)).toBe(kind);
  });

  test.each(["resource-not-found", "not-authorized-for-resource", "field-hydration-failure"])(
    "goes on after %s, which is about one post",
    (type) => {
      expect(
        meaningOf({ errors: [{ title: "x", detail: "y", type: `https://api.x.com/2/problems/${type}` }] }),
      ).toEqual({ kind: "passing" });
    },
  );
});
