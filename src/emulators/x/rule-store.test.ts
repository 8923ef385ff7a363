import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { parseRule } from "../../rules/parse-rule.ts";
import { createRuleStore } from "./rule-store.ts";

function createStore(delayMs?: number) {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  let serial = 0;
  let changes = 0;
  const store = createRuleStore({
    clock,
    nextSerial: () => serial++,
    onChange: () => changes++,
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  const add = (...values: readonly string[]) => {
    store.add(
      ...values.map((value) => {
        const parsed = parseRule(value);
        if (parsed.kind !== "rule") throw new Error(value);
        return { rule: { id: store.nextId(), value }, root: parsed.root };
      }),
    );
  };
  const active = () => store.active.map(({ value }) => value);
  return { clock, store, add, active, changes: () => changes };
}

describe("the rules of an app", () => {
  test("without a delay filter open streams as soon as they are changed, one change a call", () => {
    const { store, add, active, changes } = createStore();
    add("cat", "dog", "bird");
    expect(active()).toEqual(["cat", "dog", "bird"]);
    expect(changes()).toBe(1);
    expect(store.delete({ id: "1" }, { value: "dog" }, { value: "dog" })).toBe(1);
    expect(active()).toEqual(["cat", "bird"]);
    expect(store.idOf({ value: "dog" })).toBeUndefined();
  });

  test("with a delay are listed at once and filter later, each change after its own delay", async () => {
    const { clock, store, add, active } = createStore(20_000);
    add("cat");
    await clock.advance(5_000);
    store.delete({ id: store.idOf({ value: "cat" }) ?? "" });
    add("dog");
    expect(store.rules.map(({ value }) => value)).toEqual(["dog"]);
    await clock.advance(14_999);
    expect(active()).toEqual([]);
    await clock.advance(1);
    expect(active()).toEqual(["cat"]);
    await clock.advance(5_000);
    expect(active()).toEqual(["dog"]);
  });

  test("do not change any more once it is closed", async () => {
    const { clock, store, add, active } = createStore(20_000);
    add("cat");
    store[Symbol.dispose]();
    await clock.advance(60_000);
    expect(active()).toEqual([]);
  });

  test("may be as many as an enterprise app has, in one call, without a look at all for each", () => {
    const { store, add } = createStore();
    const values = Array.from({ length: 25_000 }, (_, n) => `word${n}`);
    const startMs = performance.now();
    add(...values);
    expect(new Set(store.rules.map(({ id }) => id)).size).toBe(25_000);
    expect(values.every((value) => store.idOf({ value }) !== undefined)).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});
