import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createManualClock } from "../kernel/clock.ts";
import { toStoredTag } from "../kernel/rule-tag.ts";
import { type ApplyRulesOptions, applyRules, type RuleEvent } from "./apply-rules.ts";
import { type CheckedPlan, checkRules } from "./check-rules.ts";
import type { RuleSpec, StoredRule } from "./rule-plan.ts";
import { chunkSizeFor, chunksOf, createRulesApi } from "./rules-api.ts";
import { createRulesStore, type RulesStoreOptions } from "./testing/rules-store.ts";
import type { XApi, XCall } from "./twitter-api.ts";

const clock = createManualClock();

/** X's rules in this process; `held` is what X holds after each request that changes something. */
function createX(options: RulesStoreOptions & { hidesCounts?: boolean; hidesCapFromDryRuns?: boolean } = {}) {
  const store = createRulesStore(options);
  const dryStore = () => createRulesStore({ ...options, rules: store.rules, cap: 100_000 });
  const held: string[][] = [];
  const asked: string[] = [];
  const api: XApi = {
    url: "http://x",
    connect: () => Promise.reject(new Error("nobody connects here")),
    call({ method, path, query = {}, body }: XCall) {
      asked.push(
        `${method}${query.dry_run === undefined ? "" : " dry"}${path.endsWith("counts") ? " counts" : ""}`,
      );
      if (path.endsWith("counts") && options.hidesCounts) {
        return Promise.resolve({ kind: "failed", failure: { kind: "timeout", waitedMs: clock.now() } });
      }
      const counts = {
        cap_per_client_app: `${options.cap ?? 1000}`,
        client_app_rules_count: { rule_count: store.rules.length },
      };
      const answer = path.endsWith("counts")
        ? { body: { data: counts } }
        : (query.dry_run && options.hidesCapFromDryRuns ? dryStore() : store).answer({
            method,
            path,
            query: new URLSearchParams(query),
            headers: {},
            body,
          });
      if (method === "POST" && query.dry_run === undefined) held.push(store.rules.map(({ value }) => value));
      return Promise.resolve({ kind: "ok", body: answer.body });
    },
  };
  const rulesApi = createRulesApi({ api });
  const events: RuleEvent[] = [];
  return {
    store,
    held,
    asked,
    events,
    check: (desired: readonly RuleSpec[]) => checkRules(rulesApi, desired),
    carryOut: (checked: CheckedPlan) =>
      applyRules(rulesApi, checked, { onEvent: (event) => events.push(event) }),
    apply: async (desired: readonly RuleSpec[], options: ApplyRulesOptions = {}) =>
      await applyRules(rulesApi, await checkRules(rulesApi, desired), {
        onEvent: (event) => events.push(event),
        ...options,
      }),
  };
}

const ours = (id: string, value: string, tag = value): StoredRule => ({ id, value, tag: toStoredTag(tag) });
const spec = (value: string, tag = value): RuleSpec => ({ tag, value });
const many = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, n) => spec(`${prefix}${n}`));

describe("applyRules", () => {
  test("adds what replaces a rule before it takes that off", async () => {
    const x = createX({ rules: [ours("1", "old", "t"), ours("2", "stale")] });
    await x.apply([spec("new", "t"), spec("more")]);
    expect(x.held).toEqual([
      ["old", "stale", "new", "more"],
      ["new", "more"],
    ]);
    expect(x.events.map(({ kind, rules }) => [kind, rules.map(({ value }) => value)])).toEqual([
      ["added", ["new", "more"]],
      ["removed", ["old", "stale"]],
    ]);
  });

  test("takes off what is tagged anew at once before adding it, all else being there", async () => {
    const x = createX({ rules: [ours("1", "same", "before"), ours("2", "stale")] });
    await x.apply([spec("same", "after"), spec("more")]);
    expect(x.held).toEqual([
      ["same", "stale", "more"],
      ["stale", "more"],
      ["stale", "more", "same"],
      ["more", "same"],
    ]);
  });

  test.each([false, true])(
    "without room, stale rules make it, and no more of them than needed (counts hidden: %s)",
    async (hidesCounts) => {
      const rules = [ours("1", "stale1"), ours("2", "stale2"), ours("3", "old", "t")];
      const x = createX({ rules, cap: 3, hidesCounts });
      await x.apply([spec("new", "t")]);
      expect(x.held).toEqual([["stale2", "old"], ["stale2", "old", "new"], ["new"]]);
    },
  );

  test("a cap that neither dry run nor counts told is met by taking off what is stale", async () => {
    const x = createX({
      rules: [ours("1", "s1"), ours("2", "s2")],
      cap: 3,
      hidesCounts: true,
      hidesCapFromDryRuns: true,
    });
    await x.apply(many(3, "n"));
    expect(x.held).toEqual([["s1", "s2", "n0"], ["n0"], ["n0", "n1", "n2"]]);
    await expect(x.apply(many(4, "n"))).rejects.toMatchObject({ code: "x-rule-cap" });
  });

  test("goes step by step where there is room for few", async () => {
    const x = createX({ rules: [ours("1", "a", "t"), ours("2", "b", "u"), ours("3", "c", "v")], cap: 4 });
    await x.apply([spec("a2", "t"), spec("b2", "u"), spec("c2", "v")]);
    expect(x.store.rules.map(({ value }) => value)).toEqual(["a2", "b2", "c2"]);
    expect(Math.max(...x.held.map((values) => values.length))).toBe(4);
  });

  test("what does not fit even so is told before anything is changed", async () => {
    const x = createX({ rules: [ours("1", "stale"), { id: "2", value: "theirs", tag: "" }], cap: 3 });
    await expect(x.apply(many(4, "n"))).rejects.toMatchObject({
      code: "x-rule-cap",
      message: expect.stringMatching(/there would be 5, and 3 is the most \(the cap is 3\)/),
    });
    expect(x.held).toEqual([]);
  });

  test("a cap that several dry runs cannot see is found in the counts", async () => {
    const x = createX({ cap: 150 });
    await expect(x.apply(many(200, "n"))).rejects.toMatchObject({ code: "x-rule-cap" });
    expect(x.held).toEqual([]);
    expect(x.asked).toEqual(["GET", "POST dry", "POST dry", "GET counts"]);
  });

  test("does nothing the second time, and asks but once", async () => {
    const x = createX();
    await x.apply([spec("a"), spec("b")]);
    x.asked.length = 0;
    expect(await x.apply([spec("a"), spec("b")])).toMatchObject({
      added: [],
      removed: [],
      unchanged: [{}, {}],
    });
    expect(x.asked).toEqual(["GET"]);
  });

  test("stops when told to, but not between the two halves of a new tag", async () => {
    const x = createX({ rules: [ours("1", "same", "before"), ours("2", "stale")] });
    const stop = new AbortController();
    const applied = x.apply([spec("same", "after")], {
      signal: stop.signal,
      onEvent: ({ kind }) => kind === "removed" && stop.abort(),
    });
    await expect(applied).rejects.toThrow(/changing its rules .* was given up/);
    expect(x.held).toEqual([["stale"], ["stale", "same"]]);
  });

  test("names every rule that X refuses, and changes nothing", async () => {
    const x = createX({ refuse: (value) => (value.startsWith("bad") ? ["bad (at position 2)"] : []) });
    const desired = [spec("bad1"), spec("good"), spec("bad2")];
    expect((await x.check(desired)).refused.map(({ rule }) => rule.value)).toEqual(["bad1", "bad2"]);
    await expect(x.apply(desired)).rejects.toThrow(
      /the rule bad1 \(bad1\): bad \(at position 2\); and 1 more/,
    );
    expect(x.held).toEqual([]);
  });

  test("tells what X took and what it refused, where a dry run had passed", async () => {
    let isStrict = false;
    const x = createX({
      rules: [ours("1", "stale")],
      refuse: (value) => (isStrict && value === "b" ? ["no more (at position 1)"] : []),
    });
    const checked = await x.check([spec("a"), spec("b"), spec("c")]);
    isStrict = true;
    await expect(x.carryOut(checked)).rejects.toMatchObject({
      code: "x-invalid-rule",
      details: { tag: "b", problems: [{ message: "no more", position: 1 }] },
    });
    expect(x.events).toEqual([{ kind: "added", rules: [spec("a"), spec("c")] }]);
    expect(x.held).toEqual([["stale", "a", "c"]]);
  });

  test.each([1, 100, 2000, 2001, 25_000])(
    "%i rules are tried and added in fewer than 100 requests",
    (count) => {
      const requests = [...chunksOf(Array.from({ length: count }))].length;
      expect(requests).toBe(Math.ceil(count / chunkSizeFor(count)));
      expect(2 * requests).toBeLessThan(100);
    },
  );

  test("from any rules to any others: X holds what is wanted, others' rules stay, the cap is never passed", async () => {
    const value = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
    const tag = fc.constantFrom("t", "u", "v");
    const rules = fc.uniqueArray(fc.tuple(value, tag, fc.boolean()), { selector: ([text]) => text });
    await fc.assert(
      fc.asyncProperty(rules, rules, fc.nat(3), async (before, after, spare) => {
        const stored = before.map(([text, name, isOurs], n) => ({
          id: `${n}`,
          value: text,
          tag: isOurs ? toStoredTag(name) : name,
        }));
        const theirs = stored.filter(({ tag: name }) => !name.includes(":"));
        const desired = after.map(([text, name]) => spec(text, name));
        const fresh = desired.filter(({ value: text }) => theirs.every((rule) => rule.value !== text));
        const cap = Math.max(stored.length, theirs.length + fresh.length) + spare;
        const x = createX({ rules: stored, cap });
        await x.apply(desired);
        expect(x.store.rules.map(({ value: text, tag: name }) => `${text} ${name}`).sort()).toEqual(
          [
            ...theirs.map((rule) => `${rule.value} ${rule.tag}`),
            ...fresh.map((rule) => `${rule.value} ${toStoredTag(rule.tag)}`),
          ].sort(),
        );
        expect(Math.max(0, ...x.held.map((values) => values.length))).toBeLessThanOrEqual(cap);
        // What stays as it is is there all the time.
        const kept = desired.filter(({ value: text, tag: name }) =>
          stored.some((rule) => rule.value === text && rule.tag === toStoredTag(name)),
        );
        for (const values of x.held) for (const rule of kept) expect(values).toContain(rule.value);
      }),
    );
  });
});
