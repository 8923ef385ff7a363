/**
 * A checked plan of rules as rows, one for each rule of the file and each of X's: what would happen to it, and why.
 */
import type { FileRule } from "../config/rules-file.ts";
import { fromStoredTag } from "../kernel/rule-tag.ts";
import type { RuleWarning } from "../rules/ast.ts";
import { parseRule } from "../rules/parse-rule.ts";
import type { ReportedProblem } from "../rules/problem.ts";
import type { CheckedPlan } from "../x/check-rules.ts";
import type { RuleSpec, StoredRule } from "../x/rule-plan.ts";

export const ruleActions = [
  "add",
  "change",
  "remove",
  "unchanged",
  /** X refuses the rule. */
  "refused",
  /** X holds the rule under a tag that is not Birdwire's, and takes no second one. */
  "held",
  /** A rule of someone else, left alone. */
  "foreign",
] as const;
export type RuleAction = (typeof ruleActions)[number];

export interface RulePlanEntry extends RuleSpec {
  readonly action: RuleAction;
  /** In the file; null for a rule that only X has. */
  readonly line: number | null;
  /** On X; null for a rule that it does not have. */
  readonly id: string | null;
  /** What X has now, where that is something else. */
  readonly before: RuleSpec | null;
  readonly problems: readonly ReportedProblem[];
  readonly warnings: readonly RuleWarning[];
}

/** In the order of the file, then of X's list. Tags are without Birdwire's prefix. */
export function listPlanEntries({ plan, refused }: CheckedPlan, rules: readonly FileRule[]): RulePlanEntry[] {
  const problems = new Map(refused.map(({ rule, problems: found }) => [rule.value, found]));
  const changed = new Map(plan.changed.map(({ rule, stored }) => [rule.value, stored]));
  const held = new Map(plan.foreign.map(({ rule, stored }) => [rule.value, stored]));
  const unchanged = new Map(plan.unchanged.map((stored) => [stored.value, stored]));
  const ofFile = rules.map(({ tag, value, line }): RulePlanEntry => {
    const entry = { tag, value, line, id: null, before: null, problems: [], warnings: [] };
    const found = problems.get(value);
    const stored = changed.get(value);
    const change = stored === undefined ? {} : { id: stored.id, before: specOf(stored) };
    if (found !== undefined) return { ...entry, ...change, action: "refused", problems: found };
    const warned = { ...entry, warnings: adviceOn(value) };
    const kept = unchanged.get(value);
    if (kept !== undefined) return { ...warned, action: "unchanged", id: kept.id };
    const theirs = held.get(value);
    if (theirs !== undefined) return { ...warned, action: "held", id: theirs.id, before: specOf(theirs) };
    if (stored !== undefined) return { ...warned, ...change, action: "change" };
    return { ...warned, action: "add" };
  });
  const replaced = new Set(plan.changed.map(({ stored }) => stored.id));
  const ofX = (action: RuleAction) => (stored: StoredRule) => ({
    ...specOf(stored),
    action,
    line: null,
    id: stored.id,
    before: null,
    problems: [],
    warnings: [],
  });
  return [
    ...ofFile,
    ...plan.remove.filter(({ id }) => !replaced.has(id)).map(ofX("remove")),
    ...plan.others.map(ofX("foreign")),
  ];
}

function specOf({ tag, value }: StoredRule): RuleSpec {
  return { tag: fromStoredTag(tag), value };
}

/** X has the last word on the rest. */
function adviceOn(value: string): RuleWarning[] {
  const parsed = parseRule(value);
  return parsed.kind === "rule" ? parsed.warnings.filter(({ kind }) => kind === "advice") : [];
}
