/**
 * The rules of the app, which outlive its connections, and the one list of tests that posts are held against.
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

export interface RuleStore {
  /** In the order of creation; a new array after each change. */
  readonly rules: readonly ActiveRule[];
  idOfValue(value: string): string | undefined;
  nextId(): string;
  add(rule: StoredRule, root: RuleNode): void;
  /** False when there is none. */
  delete(by: { readonly id: string } | { readonly value: string }): boolean;
}

export function createRuleStore(clock: Clock, onChange: () => void): RuleStore {
  let rules: readonly ActiveRule[] = [];
  let serial = 0;
  const change = (changed: readonly ActiveRule[]) => {
    rules = changed;
    onChange();
  };
  return {
    get rules() {
      return rules;
    },
    idOfValue: (value) => rules.find((rule) => rule.value === value)?.id,
    nextId: () => snowflakeAt(clock.now(), serial++),
    add(rule, root) {
      change([...rules, { ...rule, matches: createFactsMatcher({ root }) }]);
    },
    delete(by) {
      const left = rules.filter((rule) => ("id" in by ? rule.id !== by.id : rule.value !== by.value));
      if (left.length === rules.length) return false;
      change(left);
      return true;
    },
  };
}
