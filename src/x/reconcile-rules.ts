/**
 * Brings the rules on X to what is wanted in one go, touching only our own: what a producer begins with.
 */
import type { Log } from "../telemetry/log.ts";
import { applyRules, type RuleReport } from "./apply-rules.ts";
import { checkRules } from "./check-rules.ts";
import type { RuleSpec, StoredRule } from "./rule-plan.ts";
import { createRulesApi, type RulesApiOptions } from "./rules-api.ts";

export interface ReconcileRulesOptions extends RulesApiOptions {
  readonly desired: readonly RuleSpec[];
  readonly log: Log;
}

/**
 * Adds what is missing (tagged `birdwire:TAG`) and deletes what is ours and not wanted. Rules are tried with
 * `dry_run` before anything is changed.
 *
 * Throws XError: `x-invalid-rule` with `details` {tag, value, problems: [{position, message}]}, `x-rule-cap`,
 * `x-unexpected-answer`, and those of a failed call (`x-unreachable`, `x-unauthorized`, ...).
 */
export async function reconcileRules({ desired, log, ...calls }: ReconcileRulesOptions): Promise<RuleReport> {
  const rulesApi = createRulesApi(calls);
  const report = await applyRules(rulesApi, await checkRules(rulesApi, desired));
  const { added, removed, unchanged, total } = report;
  for (const { rule, stored } of report.foreign) {
    log.warn(
      `the rule ${rule.tag} is on X already under a tag that is not Birdwire's; its posts come with that tag`,
      { value: rule.value, tag: stored.tag, id: stored.id },
    );
  }
  log.info("the rules on X are as wanted", {
    added: added.length,
    removed: removed.length,
    unchanged: unchanged.length,
    total,
  });
  return report;
}

/** All rules on X, from every page, anyone's. Throws XError of the failed call. */
export async function listRules(options: RulesApiOptions): Promise<StoredRule[]> {
  return await createRulesApi(options).list();
}
