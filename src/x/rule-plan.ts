/**
 * What must change on X so that it holds the rules we want: a plan made from two lists, without asking anyone.
 *
 * X keeps one rule for each value, and a rule's tag cannot be changed; ours are known by their tag's prefix.
 */
import { isStoredTag, toStoredTag } from "../kernel/rule-tag.ts";
import { XError } from "./error.ts";

/** A rule as its author wrote it. */
export interface RuleSpec {
  readonly tag: string;
  readonly value: string;
}

/** A rule as X keeps it; `tag` is empty when it has none. */
export interface StoredRule {
  readonly id: string;
  readonly value: string;
  readonly tag: string;
}

export interface RulePlan {
  readonly add: readonly RuleSpec[];
  /** Rules of ours that nobody wants any more, or that need another tag. */
  readonly remove: readonly StoredRule[];
  readonly unchanged: readonly StoredRule[];
  /** Wanted rules whose value is there under a tag that is not ours: X would refuse a second one. */
  readonly foreign: readonly { readonly rule: RuleSpec; readonly stored: StoredRule }[];
}

/** Throws XError `x-invalid-rule` when one value is wanted under two tags, or a value is empty. */
export function planRules(desired: readonly RuleSpec[], stored: readonly StoredRule[]): RulePlan {
  const wanted = new Map<string, RuleSpec>();
  for (const { tag, value } of desired) {
    const rule = { tag, value: value.trim() };
    const other = wanted.get(rule.value);
    if (rule.value === "") throw invalid(rule, `the rule ${tag} is empty`);
    if (other !== undefined && other.tag !== tag) {
      throw invalid(
        rule,
        `the rules ${other.tag} and ${tag} are the same, and X keeps one tag for a rule: ${value}`,
      );
    }
    wanted.set(rule.value, rule);
  }

  const remove: StoredRule[] = [];
  const unchanged: StoredRule[] = [];
  const foreign: { rule: RuleSpec; stored: StoredRule }[] = [];
  for (const rule of stored) {
    const want = wanted.get(rule.value);
    if (isStoredTag(rule.tag)) {
      if (want !== undefined && toStoredTag(want.tag) === rule.tag) {
        unchanged.push(rule);
        wanted.delete(rule.value);
      } else remove.push(rule);
    } else if (want !== undefined) {
      foreign.push({ rule: want, stored: rule });
      wanted.delete(rule.value);
    }
  }
  return { add: [...wanted.values()], remove, unchanged, foreign };
}

function invalid(rule: RuleSpec, message: string): XError {
  return new XError("x-invalid-rule", message, { details: { ...rule, problems: [] } });
}
