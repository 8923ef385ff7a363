/**
 * A plan of rules held against X, which changes nothing: what X would refuse, and whether there is room.
 */
import { planRules, type RulePlan, type RuleSpec } from "./rule-plan.ts";
import type { RefusedRule } from "./rules-answer.ts";
import { chunksOf, type RuleCounts, type RulesApi } from "./rules-api.ts";

export type Room =
  /** What is new fits beside what is there. */
  | { readonly kind: "enough" }
  /** It fits once rules of ours are gone; `room` is how many fit before that. */
  | { readonly kind: "after-removal"; readonly room: number }
  /** It does not fit: so many rules there would be, and X takes `cap` (null: it does not tell). */
  | {
      readonly kind: "exceeded";
      readonly wanted: number;
      readonly cap: number | null;
      /** What X said, if it said anything. */
      readonly detail: string;
    };

export interface CheckedPlan {
  readonly plan: RulePlan;
  /** Among `plan.add`: what X refuses, and why. */
  readonly refused: readonly RefusedRule[];
  readonly room: Room;
  /** Rules on X before, anyone's. */
  readonly before: number;
  /** Rules on X once the plan is carried out, anyone's. */
  readonly after: number;
}

/**
 * Reads X's rules, plans, and has X try what would be added.
 *
 * Throws XError: `x-invalid-rule` when `desired` contradicts itself, and those of a failed call.
 */
export async function checkRules(rulesApi: RulesApi, desired: readonly RuleSpec[]): Promise<CheckedPlan> {
  const stored = await rulesApi.list();
  const plan = planRules(desired, stored);
  // X has what is only tagged anew, and would call it a duplicate.
  const fresh = freshRules(plan);
  const refused: RefusedRule[] = [];
  let requests = 0;
  let capped = 0;
  let detail = "";
  for (const rules of chunksOf(fresh)) {
    const answer = await rulesApi.add(rules, { dryRun: true });
    requests += 1;
    refused.push(...answer.refused);
    capped += answer.capped.length;
    detail ||= answer.capDetail;
  }
  // A dry run sees its own rules alone, so that several of them do not tell whether all fit.
  const counts = refused.length === 0 && (capped > 0 || requests > 1) ? await rulesApi.count() : null;
  const after = stored.length - plan.remove.length + plan.add.length;
  return {
    plan,
    refused,
    room: judgeRoom({ plan, fresh: fresh.length, after, counts, capped, detail }),
    before: stored.length,
    after,
  };
}

/** Rules whose value X does not hold in any way. */
export function freshRules({ add, changed }: RulePlan): readonly RuleSpec[] {
  const retagged = new Set(changed.filter(({ kind }) => kind === "tag").map(({ rule }) => rule.value));
  return add.filter(({ value }) => !retagged.has(value));
}

interface RoomFacts {
  readonly plan: RulePlan;
  readonly fresh: number;
  readonly after: number;
  readonly counts: RuleCounts | null;
  readonly capped: number;
  readonly detail: string;
}

function judgeRoom({ plan, fresh, after, counts, capped, detail }: RoomFacts): Room {
  const removed = plan.remove.length - (plan.add.length - fresh);
  if (counts !== null) {
    if (fresh <= counts.room) return { kind: "enough" };
    if (fresh - removed <= counts.room) return { kind: "after-removal", room: counts.room };
    // A project's cap is shared with apps that we do not see.
    return {
      kind: "exceeded",
      wanted: after,
      cap: Math.min(counts.cap, after - fresh + removed + counts.room),
      detail,
    };
  }
  if (capped === 0) return { kind: "enough" };
  const room = fresh - capped;
  if (capped <= removed) return { kind: "after-removal", room };
  return { kind: "exceeded", wanted: after, cap: null, detail };
}
