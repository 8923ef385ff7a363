/**
 * A checked plan carried out on X: what is new is added before what it replaces is deleted, so that no post is missed
 * in between. Only where X allows nothing else does a rule go first: under a new tag, and when there is no room.
 */
import { toStoredTag } from "../kernel/rule-tag.ts";
import { printProblem } from "../rules/problem.ts";
import { type CheckedPlan, freshRules } from "./check-rules.ts";
import { XError } from "./error.ts";
import { toXError } from "./failure.ts";
import type { ForeignRule, RulePlan, RuleSpec, StoredRule } from "./rule-plan.ts";
import type { AddAnswer, DuplicateRule, RefusedRule } from "./rules-answer.ts";
import { chunkSizeFor, chunksOf, type RulesApi, unexpectedAnswer } from "./rules-api.ts";

export type RuleEvent =
  | { readonly kind: "added"; readonly rules: readonly RuleSpec[] }
  | { readonly kind: "removed"; readonly rules: readonly StoredRule[] };

export interface RuleReport {
  readonly added: readonly RuleSpec[];
  readonly removed: readonly StoredRule[];
  readonly unchanged: readonly StoredRule[];
  /** Wanted values that X holds under a tag of someone else: their posts come, with that tag. */
  readonly foreign: readonly ForeignRule[];
  /** Rules on X afterwards, anyone's. */
  readonly total: number;
}

export interface ApplyRulesOptions {
  /** Told of each request that X took. */
  readonly onEvent?: (event: RuleEvent) => void;
  /** Stops before the next request, but never between taking a rule off and adding it under its new tag. */
  readonly signal?: AbortSignal;
}

/**
 * Carries the plan out.
 *
 * Throws XError: `x-invalid-rule` and `x-rule-cap` for what X refuses (nothing is changed when the check knew it),
 * `x-unexpected-answer`, and those of a failed call. What was done until then stays done, and planning anew tells what
 * is left.
 */
export async function applyRules(
  rulesApi: RulesApi,
  checked: CheckedPlan,
  { onEvent = () => {}, signal }: ApplyRulesOptions = {},
): Promise<RuleReport> {
  throwRefusal(rulesApi.url, checked);
  const stopIfTold = () => {
    if (signal?.aborted)
      throw toXError({ kind: "aborted" }, { url: rulesApi.url, what: "changing its rules" });
  };
  const { plan } = checked;
  const added: RuleSpec[] = [];
  const late: DuplicateRule[] = [];
  /** Gives back the rules that there was no room for, while there is still something to take off. */
  const add = async (rules: readonly RuleSpec[], mayWait = false): Promise<readonly RuleSpec[]> => {
    const answer = await rulesApi.add(rules, { dryRun: false });
    if (answer.added.length > 0) onEvent({ kind: "added", rules: answer.added });
    added.push(...answer.added);
    late.push(...answer.duplicates);
    throwUnlessTaken(rulesApi.url, mayWait ? { ...answer, capped: [] } : answer);
    return answer.capped;
  };
  const remove = async (rules: readonly StoredRule[]) => {
    await rulesApi.remove(rules);
    onEvent({ kind: "removed", rules });
  };

  const { fresh, replaced, retagged, stale } = orderRules(plan);
  // With room to spare the stale go last; without it they make the room, and what has a successor goes after it.
  const leaving = checked.room.kind === "after-removal" ? [...stale, ...replaced] : [...replaced, ...stale];
  let room = checked.room.kind === "after-removal" ? checked.room.room : Number.POSITIVE_INFINITY;
  const size = chunkSizeFor(fresh.length);
  let waiting = fresh;
  let gone = 0;
  while (waiting.length > 0) {
    stopIfTold();
    const rules = waiting.slice(0, Math.min(room, size));
    if (rules.length > 0) {
      const capped = await add(rules, gone < leaving.length);
      waiting = [...capped, ...waiting.slice(rules.length)];
      room = capped.length > 0 ? 0 : room - rules.length;
    } else {
      const making = leaving.slice(gone, gone + Math.min(waiting.length, size));
      await remove(making);
      gone += making.length;
      // With nothing left to take off, X says itself that there is no room.
      room = making.length > 0 ? room + making.length : Number.POSITIVE_INFINITY;
    }
  }
  for (const rules of chunksOf(retagged)) {
    stopIfTold();
    await remove(rules.map(({ stored }) => stored));
    await add(rules.map(({ rule }) => rule));
  }
  for (const rules of chunksOf(leaving.slice(gone))) {
    stopIfTold();
    await remove(rules);
  }

  // A duplicate by now: someone else added it since we looked, perhaps another process of ours, which is as good.
  const now = late.length === 0 ? null : await rulesApi.list();
  const foreign = [...plan.foreign, ...late.flatMap((entry) => settle(entry, now ?? []))];
  const total = now?.length ?? checked.before - plan.remove.length + added.length;
  return { added, removed: plan.remove, unchanged: plan.unchanged, foreign, total };
}

function orderRules(plan: RulePlan) {
  const retagged = plan.changed.filter(({ kind }) => kind === "tag");
  const edited = plan.changed.filter(({ kind }) => kind === "value");
  const paired = new Set<unknown>(edited.flatMap(({ rule, stored }) => [rule, stored]));
  const handled = new Set<unknown>(retagged.map(({ stored }) => stored));
  return {
    fresh: [...edited.map(({ rule }) => rule), ...freshRules(plan).filter((rule) => !paired.has(rule))],
    replaced: edited.map(({ stored }) => stored),
    retagged,
    stale: plan.remove.filter((rule) => !paired.has(rule) && !handled.has(rule)),
  };
}

function settle({ rule, id }: DuplicateRule, stored: readonly StoredRule[]): ForeignRule[] {
  const now = stored.find((other) => other.id === id || other.value === rule.value);
  if (now?.tag === toStoredTag(rule.tag)) return [];
  return [{ rule, stored: now ?? { id, value: rule.value, tag: "" } }];
}

/** Throws for what a check found, before anything is changed. */
function throwRefusal(url: string, { refused, room }: CheckedPlan): void {
  const [first] = refused;
  if (first !== undefined) throw invalidRule(refused);
  if (room.kind === "exceeded") throw capError(url, room);
}

function throwUnlessTaken(
  url: string,
  { refused, capped, capDetail, failed, unexplained, ...answer }: AddAnswer,
): void {
  if (refused.length > 0) throw invalidRule(refused);
  if (capped.length > 0) throw capError(url, { wanted: null, cap: null, detail: capDetail });
  const [first] = failed;
  if (first !== undefined) {
    const why = first.problems.map(({ message }) => message).join("; ");
    throw new XError("x-unavailable", `X at ${url} could not take the rule ${first.rule.tag}: ${why}`, {
      retriable: true,
      details: { url, ...first.rule },
    });
  }
  if (unexplained.length > 0) {
    const sent = answer.added.length + answer.duplicates.length + unexplained.length;
    throw unexpectedAnswer(url, `took ${answer.added.length} of ${sent} rules and did not say why`);
  }
}

function invalidRule(refused: readonly RefusedRule[]): XError {
  const [first] = refused;
  const { rule, problems } = first ?? { rule: { tag: "", value: "" }, problems: [] };
  const more = refused.length > 1 ? `; and ${refused.length - 1} more` : "";
  const why = problems
    .map(({ message, position }) => (position === null ? message : printProblem({ message, position })))
    .join("; ");
  return new XError("x-invalid-rule", `X refuses the rule ${rule.tag} (${rule.value}): ${why}${more}`, {
    details: { ...rule, problems },
  });
}

function capError(
  url: string,
  { wanted, cap, detail }: { wanted: number | null; cap: number | null; detail: string },
): XError {
  const numbers = wanted === null || cap === null ? "" : `: there would be ${wanted}, and ${cap} is the most`;
  const said = detail === "" ? "" : ` (${detail})`;
  return new XError("x-rule-cap", `X at ${url} takes no more rules${numbers}${said}`, {
    details: { url, wanted, cap },
  });
}
