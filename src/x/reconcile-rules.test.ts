import { describe, expect, test } from "@jest/globals";
import { createSystemClock } from "../kernel/clock.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { reconcileRules } from "./reconcile-rules.ts";
import type { RuleSpec, StoredRule } from "./rule-plan.ts";
import { createRulesStore, type RulesStoreOptions } from "./testing/rules-store.ts";
import { type RulesScript, startScriptedServer } from "./testing/scripted-server.ts";
import { createXApi } from "./twitter-api.ts";

const clock = createSystemClock();

async function withStore(options: RulesStoreOptions, change?: (answer: RulesScript) => RulesScript) {
  const store = createRulesStore(options);
  const server = await startScriptedServer({
    stream() {},
    rules: change ? change(store.answer) : store.answer,
  });
  const api = createXApi({ url: server.url, token: "secret-token", clock });
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
  return {
    store,
    server,
    warnings,
    reconcile: (desired: readonly RuleSpec[]) => reconcileRules({ api, desired, log, timeoutMs: 5_000 }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const numbered = (count: number, tag: (n: number) => string): StoredRule[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${n}`, value: `value${n}`, tag: tag(n) }));

describe("reconcileRules", () => {
  test("brings X to what is wanted, tags with our prefix, and changes nothing the second time", async () => {
    const theirs = { id: "7", value: "cats", tag: "theirs" };
    await using x = await withStore({ rules: [{ id: "6", value: "old", tag: "birdwire:old" }, theirs] });
    const desired = [
      { tag: "love", value: "love" },
      { tag: "fun", value: "lol OR lmao" },
    ];

    expect(await x.reconcile(desired)).toMatchObject({
      added: desired,
      removed: [{ value: "old" }],
      total: 3,
    });
    expect(x.store.rules).toEqual([
      theirs,
      expect.objectContaining({ value: "love", tag: "birdwire:love" }),
      expect.objectContaining({ value: "lol OR lmao", tag: "birdwire:fun" }),
    ]);

    const before = x.server.requests.length;
    expect(await x.reconcile(desired)).toMatchObject({
      added: [],
      removed: [],
      unchanged: [{}, {}],
      total: 3,
    });
    expect(x.server.requests.slice(before).map(({ method }) => method)).toEqual(["GET"]);
  });

  test("says who it is with the bearer token, and posts JSON", async () => {
    await using x = await withStore({});
    await x.reconcile([{ tag: "a", value: "a" }]);
    expect(x.server.requests[0]).toMatchObject({ headers: { authorization: "Bearer secret-token" } });
    expect(x.server.requests.at(-1)).toMatchObject({
      headers: { "content-type": expect.stringContaining("application/json") },
      body: { add: [{ value: "a", tag: "birdwire:a" }] },
    });
  });

  test("reads every page before it decides", async () => {
    await using x = await withStore({ rules: numbered(25, (n) => `birdwire:t${n}`), pageSize: 10 });
    const desired = Array.from({ length: 25 }, (_, n) => ({ tag: `t${n}`, value: `value${n}` }));
    expect(await x.reconcile(desired)).toMatchObject({ added: [], removed: [], total: 25 });
    expect(x.server.requests).toHaveLength(3);
  });

  test("changes a tag by taking the rule off and adding it again", async () => {
    await using x = await withStore({ rules: [{ id: "1", value: "love", tag: "birdwire:old" }] });
    await x.reconcile([{ tag: "new", value: "love" }]);
    expect(x.store.rules).toEqual([expect.objectContaining({ value: "love", tag: "birdwire:new" })]);
  });

  test("makes room under the cap by taking stale rules off first", async () => {
    await using x = await withStore({ rules: numbered(5, () => "birdwire:stale"), cap: 5 });
    await x.reconcile([{ tag: "a", value: "a" }]);
    expect(x.store.rules.map(({ value }) => value)).toEqual(["a"]);
  });

  test("handles more rules than fit in one request", async () => {
    await using x = await withStore({});
    const desired = Array.from({ length: 250 }, (_, n) => ({ tag: `t${n}`, value: `v${n}` }));
    expect(await x.reconcile(desired)).toMatchObject({ total: 250 });
    expect(x.store.rules).toHaveLength(250);
  });

  test("leaves someone else's rule of the same value and says so", async () => {
    const theirs = { id: "1", value: "love", tag: "theirs" };
    await using x = await withStore({ rules: [theirs] });
    const report = await x.reconcile([{ tag: "l", value: "love" }]);
    expect(report).toMatchObject({ added: [], foreign: [{ stored: theirs }], total: 1 });
    expect(x.warnings).toHaveLength(1);
    expect(x.store.rules).toEqual([theirs]);
  });

  test.each([
    ["ours by another process: that is fine", "birdwire:l", 0],
    ["someone else's: that is reported", "theirs", 1],
  ])("meets a duplicate that came after it looked, %s", async (_, tag, foreign) => {
    let raced = false;
    await using x = await withStore({}, (answer) => (request) => {
      if (request.method === "POST" && request.query.get("dry_run") === null && !raced) {
        raced = true;
        answer({ ...request, body: { add: [{ value: "love", tag }] } });
      }
      return answer(request);
    });
    const report = await x.reconcile([{ tag: "l", value: "love" }]);
    expect(report.foreign).toHaveLength(foreign);
    expect(x.warnings).toHaveLength(foreign);
    expect(report.total).toBe(1);
  });

  test("names a rule that X refuses, with the position, and has changed nothing", async () => {
    const stale = { id: "1", value: "old", tag: "birdwire:old" };
    await using x = await withStore({
      rules: [stale],
      refuse: (value) =>
        value === "a or b" ? ["Ambiguous use of or (at position 3)", "no viable rule"] : [],
    });
    await expect(
      x.reconcile([
        { tag: "good", value: "love" },
        { tag: "bad", value: "a or b" },
      ]),
    ).rejects.toMatchObject({
      code: "x-invalid-rule",
      message: expect.stringMatching(/rule bad \(a or b\).*at position 3/),
      details: {
        tag: "bad",
        value: "a or b",
        problems: [
          { position: 3, message: "Ambiguous use of or" },
          { position: null, message: "no viable rule" },
        ],
      },
    });
    expect(x.store.rules).toEqual([stale]);
  });

  test("names the cap when there are too many rules", async () => {
    await using x = await withStore({ cap: 1 });
    await expect(
      x.reconcile([
        { tag: "a", value: "a" },
        { tag: "b", value: "b" },
      ]),
    ).rejects.toMatchObject({ code: "x-rule-cap" });
  });

  test("does not believe a 2xx that took fewer rules and says nothing", async () => {
    await using x = await withStore({}, () => ({ method }) => ({
      body: method === "GET" ? { meta: {} } : { meta: { summary: { created: 0, not_created: 1 } } },
    }));
    await expect(x.reconcile([{ tag: "a", value: "a" }])).rejects.toMatchObject({
      code: "x-unexpected-answer",
    });
  });

  test.each([
    [401, { title: "Unauthorized" }, "x-unauthorized"],
    [403, { title: "Client Forbidden" }, "x-forbidden"],
    [429, { title: "Too Many Requests" }, "x-rate-limited"],
    [503, { title: "Service Unavailable" }, "x-unavailable"],
  ])("ends at %i with its code and without the token in the message", async (status, body, code) => {
    await using x = await withStore({}, () => () => ({ status, body }));
    const refused = x.reconcile([{ tag: "a", value: "a" }]);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.not.toThrow(/secret-token/);
  });
});
