/**
 * `birdwire rules test`: a rules file on recorded posts, here and without X: what each rule would match, and its cost.
 */
import { ConfigError } from "../../config/load-config.ts";
import type { FileRule } from "../../config/rules-file.ts";
import type { RuleNode } from "../../rules/ast.ts";
import type { SourcedPost } from "../../source/port.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { markPosition } from "../mark-position.ts";
import { openRulesFile, rulesFileOption } from "../open-rules.ts";
import type { TestedRule, UnmatchedPost } from "../print-match-report.ts";
import { startProgress } from "../progress.ts";
import { parseIntegerOption, UsageError } from "../usage-error.ts";

export const testRulesCommand = defineCommand({
  name: "test",
  operands: "<file>",
  describe: "show what the rules match in recorded posts, and what that would cost; asks nobody",
  options: {
    file: { type: "string", describe: "recorded posts, as `produce --replay` takes them" },
    ...rulesFileOption,
    format: { choices: ["text", "json"], default: "text", requiresArg: true, describe: "how it is printed" },
    unmatched: {
      type: "number",
      default: 5,
      requiresArg: true,
      describe: "how many of the posts that match no rule are shown",
    },
  },
  examples: [["test posts.ndjson.gz", "rules.yaml here on a recording"]],
  async run(context, args) {
    const { host, log } = context;
    const most = parseIntegerOption("unmatched", args.unmatched, { min: 0 });
    const file = args.file ?? "";
    const rules = await readRules(await openRulesFile(host, args.rules), args.rules);
    const { openReplay } = await import("../../source/replay.ts");
    const { createMatchTallier } = await import("../../rules/match-tally.ts");
    const { printMatchReport } = await import("../print-match-report.ts");
    const { resolve } = await import("node:path");
    const tallier = createMatchTallier(rules);
    const unmatched: UnmatchedPost[] = [];
    let malformed = 0;
    const signal = host.interruption();
    await using recording = await openReplay({ file: resolve(host.cwd, file), log });
    const { tally } = tallier;
    const stopProgress = startProgress(log, () => `looked at ${tally.posts} posts, ${tally.matched} match`);
    try {
      for await (const batch of recording.read(signal)) {
        for (const post of batch) {
          if (post.kind === "malformed") malformed += 1;
          else if (tallier.add(post.payload) === 0 && unmatched.length < most)
            unmatched.push(describePost(post));
        }
      }
    } finally {
      stopProgress();
    }
    if (signal.aborted) log.warn("stopped by a signal: the report is of what was read until then");
    const report = { file, rulesFile: args.rules, rules, tally, malformed, unmatched };
    await writeAll(host.stdout, printMatchReport(report, args.format));
    return exitCodes.ok;
  },
});

interface ParsedFileRule extends TestedRule {
  readonly root: RuleNode;
}

/** Throws ConfigError `invalid-rules` with a caret under each place that X would refuse. */
async function readRules(rules: readonly FileRule[], shown: string): Promise<ParsedFileRule[]> {
  if (rules.length === 0) throw new UsageError("usage", `the rules file ${shown} names no rule to test`);
  const { parseRule } = await import("../../rules/parse-rule.ts");
  const { maxRuleChars } = await import("../../rules/problem.ts");
  const mistakes: string[] = [];
  const parsed = rules.flatMap(({ tag, value, line }) => {
    const outcome = parseRule(value, { maxChars: maxRuleChars.enterprise });
    if (outcome.kind === "rule") return { tag, value, line, root: outcome.root, warnings: outcome.warnings };
    mistakes.push(`\n  ${shown}:${line}: ${tag}`);
    for (const { message, position } of outcome.problems) {
      const [text = "", caret = ""] = markPosition(value, position).split("\n");
      mistakes.push(`\n    ${text}\n    ${caret} ${message} (at position ${position})`);
    }
    return [];
  });
  if (mistakes.length > 0) {
    throw new ConfigError("invalid-rules", `X would refuse rules of ${shown}:${mistakes.join("")}`);
  }
  return parsed;
}

function describePost({ origin, payload }: Extract<SourcedPost, { kind: "post" }>): UnmatchedPost {
  const { data } = payload as { readonly data: { readonly id: string; readonly text?: unknown } };
  const line = origin.kind === "replay" ? origin.line : 0;
  return { line, id: data.id, text: typeof data.text === "string" ? data.text : "" };
}
