/**
 * The rules of one app, which outlive its connections. The rules endpoint sees a change at once; open streams are
 * filtered by it after a delay, as on X, where that takes up to about 20 s. Source: x-api facts 1.3 and 1.6.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { RuleNode } from "../../rules/ast.ts";
import { createFactsMatcher } from "../../rules/matcher.ts";
import type { PostFacts } from "../../rules/post-facts.ts";
import { snowflakeAt } from "./snowflake.ts";

export interface StoredRule {
  readonly id: string;
  readonly value: string;
  readonly tag?: string;
}

export interface ActiveRule extends StoredRule {
  readonly matches: (post: PostFacts) => boolean;
}

export interface NewRule {
  readonly rule: StoredRule;
  readonly root: RuleNode;
}

export type RuleName = { readonly id: string } | { readonly value: string };

export interface RuleStore extends Disposable {
  /** As the rules endpoint has them, in the order of creation; a new array after each change. */
  readonly rules: readonly ActiveRule[];
  /** Those that posts are held against: `rules` as they were the delay ago. */
  readonly active: readonly ActiveRule[];
  idOf(rule: RuleName): string | undefined;
  /** An id that no rule of any app has. */
  nextId(): string;
  add(...rules: readonly NewRule[]): void;
  /** How many there were. */
  delete(...rules: readonly RuleName[]): number;
}

export interface RuleStoreOptions {
  readonly clock: Clock;
  /** How long a change takes to reach open streams. Default 0: at once. */
  readonly delayMs?: number;
  /** Counts through all apps, so that ids differ. */
  readonly nextSerial: () => number;
  /** Called when `active` has changed. */
  readonly onChange: () => void;
}

export function createRuleStore({ clock, delayMs = 0, nextSerial, onChange }: RuleStoreOptions): RuleStore {
  let rules: readonly ActiveRule[] = [];
  let active = rules;
  const byId = new Map<string, ActiveRule>();
  const byValue = new Map<string, ActiveRule>();
  const timers = new Set<() => void>();

  const change = (changed: readonly ActiveRule[]) => {
    rules = changed;
    const activate = () => {
      active = changed;
      onChange();
    };
    if (delayMs === 0) return activate();
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      activate();
    });
    timers.add(cancel);
  };

  return {
    get rules() {
      return rules;
    },
    get active() {
      return active;
    },
    idOf: (rule) => ("id" in rule ? byId.get(rule.id) : byValue.get(rule.value))?.id,
    nextId: () => snowflakeAt(clock.now(), nextSerial()),
    add(...added) {
      if (added.length === 0) return;
      const fresh = added.map(({ rule, root }) => ({ ...rule, matches: createFactsMatcher({ root }) }));
      for (const rule of fresh) {
        byId.set(rule.id, rule);
        byValue.set(rule.value, rule);
      }
      change([...rules, ...fresh]);
    },
    delete(...named) {
      const ids = new Set<string>();
      for (const name of named) {
        const rule = "id" in name ? byId.get(name.id) : byValue.get(name.value);
        if (rule === undefined) continue;
        byId.delete(rule.id);
        byValue.delete(rule.value);
        ids.add(rule.id);
      }
      if (ids.size > 0) change(rules.filter(({ id }) => !ids.has(id)));
      return ids.size;
    },
    [Symbol.dispose]() {
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
