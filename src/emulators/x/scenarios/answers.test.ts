import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { addRules, ask, openStream } from "../testing/client.ts";
import { anyPost, rulesPath, start, streamPath } from "../testing/setup.ts";
import { describePlace } from "./struck.ts";

const nowMs = Date.UTC(2026, 0, 5, 9);
const inSeconds = (seconds: number) => String(nowMs / 1000 + seconds);
const rateHeaders = (remaining: string, reset: string) => ({
  "x-rate-limit-limit": "50",
  "x-rate-limit-remaining": remaining,
  "x-rate-limit-reset": reset,
});
const none = {
  "x-rate-limit-limit": undefined,
  "x-rate-limit-remaining": undefined,
  "x-rate-limit-reset": undefined,
};
const typed = (name: string) => expect.stringMatching(new RegExp(`/2/problems/${name}$`));

describe("a refused connect", () => {
  test.each<[string, number, Record<string, unknown>, Record<string, string | undefined>]>([
    ["400-invalid-request", 400, { title: "Invalid Request", type: typed("invalid-request") }, {}],
    ["401-unauthorized", 401, { title: "Unauthorized", type: "about:blank", status: 401 }, {}],
    ["402-credits-depleted", 402, { title: "CreditsDepleted" }, {}],
    [
      "403-official-client-forbidden",
      403,
      { reason: "official-client-forbidden", type: typed("client-forbidden") },
      {},
    ],
    [
      "403-client-not-enrolled",
      403,
      { reason: "client-not-enrolled", registration_url: expect.anything(), type: typed("client-forbidden") },
      {},
    ],
    ["403-unsupported-authentication", 403, { type: typed("unsupported-authentication") }, {}],
    [
      "409-no-rules",
      409,
      { connection_issue: "RuleConfigurationIssue", type: typed("streaming-connection") },
      {},
    ],
    ["429-rate-limit", 429, { title: "Too Many Requests" }, rateHeaders("0", inSeconds(90))],
    ["429-rate-limit-without-reset", 429, { title: "Too Many Requests" }, none],
    ["429-rate-limit-past-reset", 429, { title: "Too Many Requests" }, rateHeaders("0", inSeconds(-60))],
    [
      "429-rate-limit-clock-skew",
      429,
      { title: "Too Many Requests" },
      { ...rateHeaders("0", inSeconds(3690)), date: new Date(nowMs + 3_600_000).toUTCString() },
    ],
    [
      "429-too-many-connections",
      429,
      {
        title: "ConnectionException",
        connection_issue: "TooManyConnections",
        type: typed("streaming-connection"),
      },
      // Budget is left: it is not about the rate.
      rateHeaders("49", inSeconds(900)),
    ],
    ["429-too-many-connections-without-reset", 429, { connection_issue: "TooManyConnections" }, none],
    [
      "429-usage-cap",
      429,
      { title: "UsageCapExceeded", period: "Monthly", scope: "Product", type: typed("usage-capped") },
      rateHeaders("49", inSeconds(900)),
    ],
    ["429-usage-cap-without-reset", 429, { title: "UsageCapExceeded" }, none],
    ["500", 500, { title: "Internal Server Error", status: 500 }, { "retry-after": undefined }],
    ["502-retry-after", 502, { title: "Bad Gateway" }, { "retry-after": "30" }],
    ["504-retry-after", 504, { title: "Gateway Timeout" }, { "retry-after": "30" }],
    [
      "503-retry-after-date",
      503,
      { title: "Service Unavailable" },
      { "retry-after": new Date(nowMs + 30_000).toUTCString() },
    ],
  ])("of %s is answered field by field as X does", async (name, status, body, headers) => {
    await using x = await start({ clock: createManualClock(nowMs), scenarios: `${name}@connect=1` });
    await addRules(x.url, anyPost);
    const answer = await ask(x.url + streamPath);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(body);
    for (const [header, value] of Object.entries(headers))
      expect([header, answer.headers[header]]).toEqual([header, value]);
    expect(x.faults.struck.map(describePlace)).toEqual([expect.stringMatching(/^connect 1: /)]);
  });

  test.each([
    ["503-html", { status: 503, headers: { "content-type": "text/html; charset=utf-8" } }],
    ["redirect", { status: 302, headers: { location: "/login" } }],
  ])("of %s is answered with a page", async (name, seen) => {
    await using x = await start({ scenarios: `${name}@connect=1` });
    await addRules(x.url, anyPost);
    await using answer = await openStream(x.url);
    await answer.ended;
    expect(answer).toMatchObject(seen);
    expect(answer.rest()).toMatch(/^<!DOCTYPE html>/);
  });
});

describe("the rules endpoint", () => {
  const add = (url: string, ...values: string[]) => addRules(url, ...values);

  test.each<[string, number, Record<string, string>]>([
    ["rules-500", 500, {}],
    ["rules-503", 503, { "retry-after": "5" }],
    ["rules-429", 429, { "x-rate-limit-remaining": "0", "x-rate-limit-reset": inSeconds(90) }],
    ["rules-401", 401, {}],
  ])("refuses the second call under %s, and no other", async (name, status, headers) => {
    await using x = await start({ clock: createManualClock(nowMs), scenarios: `${name}@call=2@times=1` });
    expect((await add(x.url, "cats")).status).toBe(201);
    const refused = await ask(x.url + rulesPath);
    expect(refused.status).toBe(status);
    expect(refused.headers).toMatchObject(headers);
    expect((await ask(x.url + rulesPath)).body).toMatchObject({ meta: { result_count: 1 } });
    expect(x.faults.struck).toEqual([expect.objectContaining({ scenario: name, call: 2, connection: null })]);
  });

  test("does not answer a call under rules-unanswered, and the next one it does", async () => {
    await using x = await start({ scenarios: "rules-unanswered@call=1" });
    const unanswered = ask(x.url + rulesPath).then(
      () => "answered",
      () => "cut off",
    );
    expect((await ask(x.url + rulesPath)).status).toBe(200);
    expect(x.faults.struck).toMatchObject([{ call: 1 }]);
    await x[Symbol.asyncDispose]();
    expect(await unanswered).toBe("cut off");
  });

  test("says of one rule that it was there already, under rules-duplicate, and it is there", async () => {
    await using x = await start({ scenarios: "rules-duplicate" });
    const { status, body } = await add(x.url, "cats", "dogs", "birds");
    expect(status).toBe(201);
    expect(body).toMatchObject({
      data: [expect.anything(), expect.anything()],
      meta: { summary: { created: 2, not_created: 1, valid: 2, invalid: 1 } },
      errors: [
        { title: "DuplicateRule", id: expect.stringMatching(/^\d+$/), type: typed("duplicate-rules") },
      ],
    });
    expect(x.counters().rules).toBe(3);
    expect(x.faults.struck).toMatchObject([
      { call: 1, what: expect.stringMatching(/^rule [123] of 3 was there/) },
    ]);
    expect(await add(x.url, "mice")).toMatchObject({ body: { meta: { summary: { created: 1 } } } });
  });

  test("creates all rules but one under rules-partial, and takes it the next time", async () => {
    await using x = await start({ scenarios: "rules-partial" });
    const { body } = await add(x.url, "cats", "dogs", "birds");
    expect(body).toMatchObject({
      meta: { summary: { created: 2, not_created: 1 } },
      errors: [{ value: expect.any(String), type: typed("internal-error") }],
    });
    expect(x.counters().rules).toBe(2);
    const [{ value }] = (body as { errors: [{ value: string }] }).errors;
    expect((await add(x.url, value)).status).toBe(201);
    expect(x.counters().rules).toBe(3);
  });

  test("creates none under rules-cap", async () => {
    await using x = await start({ scenarios: "rules-cap" });
    expect(await add(x.url, "cats", "dogs")).toMatchObject({
      status: 200,
      body: {
        meta: { summary: { created: 0, not_created: 2 } },
        errors: [{ type: typed("rule-cap") }, { type: typed("rule-cap") }],
      },
    });
    expect(x.counters().rules).toBe(0);
  });

  test("is not struck by a dry run when the addition is meant", async () => {
    await using x = await start({ scenarios: "rules-cap" });
    const dry = await ask(`${x.url}${rulesPath}?dry_run=true`, {
      method: "POST",
      body: { add: [{ value: "cats" }] },
    });
    expect(dry).toMatchObject({ body: { meta: { summary: { created: 1 } } } });
    expect(x.faults.struck).toEqual([]);
  });
});
