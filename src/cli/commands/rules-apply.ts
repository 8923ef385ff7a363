/**
 * `birdwire rules apply`: what `plan` shows, carried out; nothing of it when X would refuse a part.
 */
import type { FileRule } from "../../config/rules-file.ts";
import type { CheckedPlan } from "../../x/check-rules.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { tellReader } from "../host.ts";
import { endWithSignal, openRulesApi, openRulesFile, rulesFileOption } from "../open-rules.ts";

export const applyRulesCommand = defineCommand({
  name: "apply",
  describe: "bring the rules on X to what the file says; rules of others are left alone",
  settings: ["xUrl"],
  options: {
    ...rulesFileOption,
    format: {
      choices: ["text", "json"],
      default: "text",
      requiresArg: true,
      describe: "how the plan is printed",
    },
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "change nothing: print the plan, and end as if it were applied",
    },
    "allow-empty": {
      type: "boolean",
      default: false,
      describe: "go on when X would hold no rule at all, and so send nothing",
    },
  },
  examples: [["apply", "rules.yaml here; a second time it does nothing"]],
  async run(context, args) {
    const { host } = context;
    const rules = await openRulesFile(host, args.rules);
    const signal = host.interruption();
    return await endWithSignal(context, signal, () => planAndApply(context, args, rules, signal));
  },
});

interface ApplyArguments {
  readonly rules: string;
  readonly format: "text" | "json";
  readonly "dry-run": boolean;
  readonly "allow-empty": boolean;
}

async function planAndApply(
  context: CommandContext,
  args: ApplyArguments,
  rules: readonly FileRule[],
  signal: AbortSignal,
): Promise<number> {
  const { host, log } = context;
  const { checkRules } = await import("../../x/check-rules.ts");
  const { listPlanEntries } = await import("../rule-plan-entries.ts");
  const { changesRules, isRefusedPlan, printRulePlan } = await import("../print-rule-plan.ts");
  const checkApi = await openRulesApi(context, signal);
  const checked = await checkRules(checkApi, rules);
  const entries = listPlanEntries(checked, rules);
  const shown = { file: args.rules, url: checkApi.url, checked, entries };
  await tellReader(host.stdout, printRulePlan(shown, args.format));
  if (isRefusedPlan(checked)) {
    log.error("nothing was changed, since X would refuse a part of it");
    return exitCodes.usage;
  }
  if (!changesRules(checked)) {
    if (checked.after === 0) log.warn("X holds no rule at all, so that its stream sends nothing");
    return exitCodes.ok;
  }
  if (checked.after === 0 && !args["allow-empty"]) {
    log.error(
      "nothing was changed: X would hold no rule at all, and send nothing; --allow-empty if that is meant",
    );
    return exitCodes.usage;
  }
  if (args["dry-run"]) {
    log.info("nothing was changed, since this is a dry run");
    return exitCodes.ok;
  }
  await apply(context, args.rules, checked, signal);
  return exitCodes.ok;
}

async function apply(
  context: CommandContext,
  file: string,
  checked: CheckedPlan,
  signal: AbortSignal,
): Promise<void> {
  const { log } = context;
  const { applyRules } = await import("../../x/apply-rules.ts");
  const done = { added: 0, removed: 0 };
  const tell = () => `${done.added} added, ${done.removed} removed`;
  try {
    // Without the signal: a call that is under way is waited for, since X may have taken it.
    const report = await applyRules(await openRulesApi(context), checked, {
      signal,
      onEvent: ({ kind, rules: { length } }) => {
        done[kind] += length;
        log.debug(kind === "added" ? "X has added rules" : "X has removed rules", { rules: length });
      },
    });
    for (const { rule, stored } of report.foreign.slice(checked.plan.foreign.length)) {
      log.warn("someone else added the rule meanwhile; its posts come with that tag", {
        rule: rule.tag,
        tag: stored.tag,
        id: stored.id,
      });
    }
    log.info(`the rules on X are as ${file} says: ${tell()}, ${report.total} in all`);
  } catch (error) {
    log.error(`stopped half-way: ${tell()}; \`birdwire rules apply\` does what is left`);
    throw error;
  }
}
