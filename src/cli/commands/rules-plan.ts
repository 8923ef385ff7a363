/**
 * `birdwire rules plan`: what `apply` would do to the rules on X, and what X refuses.
 */
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { endWithSignal, openRulesApi, openRulesFile, rulesFileOption } from "../open-rules.ts";

export const planRulesCommand = defineCommand({
  name: "plan",
  describe: "show what `apply` would add, change and remove on X, and what X refuses",
  settings: ["xUrl"],
  options: {
    ...rulesFileOption,
    format: { choices: ["text", "json"], default: "text", requiresArg: true, describe: "how it is printed" },
    "fail-on-changes": {
      type: "boolean",
      default: false,
      describe: "end with 3 when X holds other rules than the file says",
    },
  },
  examples: [
    ["plan", "rules.yaml here; the token comes from X_BEARER_TOKEN or X_BEARER_TOKEN_FILE"],
    ["plan --fail-on-changes --format json", "in CI: ends with 3 when something is to be applied"],
  ],
  async run(context, args) {
    const { host } = context;
    const rules = await openRulesFile(host, args.rules);
    const signal = host.interruption();
    return await endWithSignal(context, signal, async () => {
      const rulesApi = await openRulesApi(context, signal);
      const { checkRules } = await import("../../x/check-rules.ts");
      const { listPlanEntries } = await import("../rule-plan-entries.ts");
      const { changesRules, isRefusedPlan, printRulePlan } = await import("../print-rule-plan.ts");
      const checked = await checkRules(rulesApi, rules);
      const entries = listPlanEntries(checked, rules);
      const shown = { file: args.rules, url: rulesApi.url, checked, entries };
      await writeAll(host.stdout, printRulePlan(shown, args.format));
      if (isRefusedPlan(checked)) return exitCodes.usage;
      return args["fail-on-changes"] && changesRules(checked) ? exitCodes.schema : exitCodes.ok;
    });
  },
});
