/**
 * X's rules on the command line: the options of every command that reads the stream.
 */
import { parseRuleFlags, type TaggedRule } from "../config/rule-flag.ts";
import type { Host } from "./host.ts";
import { openRulesFile } from "./open-rules.ts";
import { UsageError } from "./usage-error.ts";

export const ruleOptions = {
  rule: {
    type: "string",
    array: true,
    nargs: 1,
    describe:
      "a filter rule, TAG=VALUE in X's rule language; may be repeated; without one the rules that X holds",
  },
  rules: {
    type: "string",
    requiresArg: true,
    describe: "a file of filter rules instead, as `birdwire rules` takes it",
  },
} as const;

export interface RuleArgs {
  readonly rule?: readonly unknown[] | undefined;
  readonly rules?: string | undefined;
}

/** None where none are named. Throws UsageError, and ConfigError for what is no rule. */
export async function chooseRules(host: Host, args: RuleArgs): Promise<readonly TaggedRule[]> {
  const flags = parseRuleFlags((args.rule ?? []).map(String));
  if (args.rules === undefined) return flags;
  if (flags.length > 0) {
    throw new UsageError("usage", "rules come from --rule or from the file of --rules, not from both");
  }
  const rules = await openRulesFile(host, args.rules);
  if (rules.length > 0) return rules;
  throw new UsageError("usage", `the rules file ${args.rules} names no rule, so X would send nothing`);
}
