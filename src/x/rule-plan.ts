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

/** One rule to its author, two to X: an entry of `add` that takes the place of one of `remove`. */
export interface RuleChange {
  /** What its author changed. Under a new tag the value is X's one and the same, and cannot be there twice. */
  readonly kind: "tag" | "value";
  readonly rule: RuleSpec;
  readonly stored: StoredRule;
}

/** A wanted rule whose value X holds under a tag that is not ours: X would refuse a second one. */
export interface ForeignRule {
  readonly rule: RuleSpec;
  readonly stored: StoredRule;
}

export interface RulePlan {
  readonly add: readonly RuleSpec[];
  /** Rules of ours that nobody wants any more, or that need another tag. */
  readonly remove: readonly StoredRule[];
  readonly unchanged: readonly StoredRule[];
  readonly changed: readonly RuleChange[];
  readonly foreign: readonly ForeignRule[];
  /** Rules of someone else that nobody here wants. */
  readonly others: readonly StoredRule[];
}

/** Throws XError `x-invalid-rule` when one value is wanted under two tags, or a value is empty. */
export function planRules(desired: readonly RuleSpec[], stored: readonly StoredRule[]): RulePlan {
  const wanted = readWanted(desired);
  const remove: StoredRule[] = [];
  const unchanged: StoredRule[] = [];
  const foreign: ForeignRule[] = [];
  const others: StoredRule[] = [];
  const retagged: RuleChange[] = [];
  for (const rule of stored) {
    const want = wanted.get(rule.value);
    if (isStoredTag(rule.tag)) {
      if (want !== undefined && toStoredTag(want.tag) === rule.tag) {
        unchanged.push(rule);
        wanted.delete(rule.value);
        continue;
      }
      remove.push(rule);
      if (want !== undefined) retagged.push({ kind: "tag", rule: want, stored: rule });
    } else if (want === undefined) others.push(rule);
    else {
      foreign.push({ rule: want, stored: rule });
      wanted.delete(rule.value);
    }
  }
  const add = [...wanted.values()];
  const changed = [...retagged, ...findEdited(add, remove, retagged)];
  return { add, remove, unchanged, changed, foreign, others };
}

function readWanted(desired: readonly RuleSpec[]): Map<string, RuleSpec> {
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
  return wanted;
}

/** A tag that goes with one value and comes with one other: its author edited the value. */
function findEdited(
  add: readonly RuleSpec[],
  remove: readonly StoredRule[],
  retagged: readonly RuleChange[],
): RuleChange[] {
  const taken = new Set(retagged.flatMap(({ rule, stored }) => [rule.value, stored.value]));
  const come = groupByTag(add.filter(({ value }) => !taken.has(value)));
  const go = groupByTag(remove.filter(({ value }) => !taken.has(value)));
  return [...come].flatMap(([tag, rules]) => {
    const [rule] = rules;
    const [stored, ...more] = go.get(toStoredTag(tag)) ?? [];
    if (rule === undefined || stored === undefined || rules.length > 1 || more.length > 0) return [];
    return [{ kind: "value", rule, stored } as const];
  });
}

function groupByTag<Rule extends RuleSpec>(rules: readonly Rule[]): Map<string, Rule[]> {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) {
    const group = groups.get(rule.tag);
    if (group === undefined) groups.set(rule.tag, [rule]);
    else group.push(rule);
  }
  return groups;
}

function invalid(rule: RuleSpec, message: string): XError {
  return new XError("x-invalid-rule", message, { details: { ...rule, problems: [] } });
}
