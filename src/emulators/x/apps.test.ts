import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { startXEmulator } from "./start.ts";
import { ask, openStream, type TestRequest } from "./testing/client.ts";
import { anyPost, ledgerOf, rulesPath, start, streamPath } from "./testing/setup.ts";

const add = (url: string, token: string, ...values: readonly string[]) =>
  ask(url + rulesPath, { method: "POST", token, body: { add: values.map((value) => ({ value })) } });

const two = {
  apps: [
    { token: "small", tier: "pay-per-use" },
    { token: "large", tier: "enterprise" },
  ],
} as const;

describe("apps by token", () => {
  test("are all there are, and have rules, ids and counts of their own", async () => {
    await using x = await start(two);
    await add(x.url, "small", "cat");
    await add(x.url, "large", "cat", "dog");
    expect((await ask(x.url + rulesPath, { token: "other" })).status).toBe(401);
    const rulesOf = async (token: string) =>
      ((await ask(x.url + rulesPath, { token })).body as { data: { id: string; value: string }[] }).data;
    const [small, large] = [await rulesOf("small"), await rulesOf("large")];
    expect([small, large].map((rules) => rules.map(({ value }) => value))).toEqual([["cat"], ["cat", "dog"]]);
    expect(new Set([...small, ...large].map(({ id }) => id)).size).toBe(3);
    const countsOf = async (token: string) => (await ask(`${x.url}${rulesPath}/counts`, { token })).body;
    expect([await countsOf("small"), await countsOf("large")]).toMatchObject([
      {
        data: {
          cap_per_client_app: 1000,
          client_app_rules_count: { client_app_id: "1000001", rule_count: 1 },
        },
      },
      {
        data: {
          cap_per_client_app: 25_000,
          client_app_rules_count: { client_app_id: "1000002", rule_count: 2 },
        },
      },
    ]);
  });

  test("take rules as long as their tier does", async () => {
    await using x = await start(two);
    const judge = async (token: string, chars: number) =>
      (await add(x.url, token, "a".repeat(chars))).body as { meta: { summary: { valid: number } } };
    const valid = async (token: string, chars: number) => (await judge(token, chars)).meta.summary.valid;
    expect([await valid("small", 1024), await valid("small", 1025)]).toEqual([1, 0]);
    expect([await valid("large", 2048), await valid("large", 2049)]).toEqual([1, 0]);
  });

  test("have rate windows and connection limits of their own", async () => {
    await using x = await start(two);
    const left = async (token: string) =>
      (await ask(x.url + rulesPath, { token })).headers["x-rate-limit-remaining"];
    expect([await left("small"), await left("small"), await left("large")]).toEqual(["449", "448", "449"]);
    for (const token of ["small", "large"]) await add(x.url, token, anyPost);
    const open = (token: string) => openStream(x.url, "", { token });
    await using _small = await open("small");
    await using _first = await open("large");
    await using _second = await open("large");
    const third = (token: string) => ask(x.url + streamPath, { token });
    for (const token of ["small", "large"]) {
      expect(await third(token)).toMatchObject({
        status: 429,
        body: { connection_issue: "TooManyConnections" },
      });
    }
    expect(x.counters().apps.map(({ connections }) => connections.open)).toEqual([1, 2]);
  });

  test("each get what their own rules match, and the ledger tells them apart", async () => {
    await using x = await start({ ...two, count: 400 });
    await add(x.url, "small", "kafka");
    await add(x.url, "large", "BTS");
    await using large = await openStream(x.url, "", { token: "large" });
    await large.until(1);
    await x.finished;
    await x.ledger.quiet();
    const [ofSmall, ofLarge] = x.counters().apps;
    await large.until(ofLarge?.ledger.matched ?? 0);
    expect(large.lines.every((line) => /bts/i.test(line))).toBe(true);
    const rows = await ledgerOf(x.controlUrl, "?app=1");
    expect(rows.length).toBe(ofSmall?.ledger.matched);
    expect(rows.length).toBeGreaterThan(20);
    // Nobody was there to read them.
    expect(rows.every(({ connection, dropped }) => connection === 0 && dropped === "not-connected")).toBe(
      true,
    );
    expect(ofSmall?.usage.posts).toBe(0);
    expect(ofLarge?.usage.posts).toBe(ofLarge?.ledger.matched);
  });

  test.each([
    [{ apps: [{ token: "" }] }, "must not be empty"],
    [{ apps: [{ token: "a" }, { token: "a" }] }, "same token"],
    [{ token: "a", apps: [{ token: "a" }] }, "same token"],
  ])("%j is refused", async (options, message) => {
    await expect(startXEmulator({ source: { kind: "generated" }, ...options })).rejects.toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining(message),
    });
  });
});

describe("rate windows", () => {
  const reset = Date.UTC(2026, 0, 1, 0, 15) / 1000;
  test.each<[string, string, TestRequest, number]>([
    ["connects", streamPath, {}, 50],
    ["rule reads", rulesPath, {}, 450],
    ["rule writes", rulesPath, { method: "POST", body: { add: [{ value: "or" }] } }, 100],
    ["usage reads", "/2/usage/tweets", {}, 50],
    ["connection kills", "/2/connections/all", { method: "DELETE" }, 25],
  ])("allow %s at %s so often in 15 minutes, and say so in every header", async (_what, path, how, limit) => {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    await using x = await start({ clock });
    for (let n = 1; n <= limit; n++) {
      const { status, headers } = await ask(x.url + path, how);
      if (status === 429 || headers["x-rate-limit-remaining"] !== String(limit - n)) {
        throw new Error(`request ${n}: ${status}, ${JSON.stringify(headers)}`);
      }
    }
    expect(await ask(x.url + path, how)).toMatchObject({
      status: 429,
      body: { title: "Too Many Requests" },
      headers: {
        "x-rate-limit-limit": String(limit),
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": String(reset),
      },
    });
    await clock.advance(15 * 60_000);
    expect((await ask(x.url + path, how)).headers["x-rate-limit-remaining"]).toBe(String(limit - 1));
  });
});
