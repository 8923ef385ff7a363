/**
 * `birdwire record FILE`: X's filtered stream as it comes, to a file that `produce --replay` and `up --x-replay` take.
 */
import { createRecordTally, createSpendTally } from "../../telemetry/tally.ts";
import { latestTweetVersion } from "../../tweets/version.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { createGapLog } from "../gap-log.ts";
import { moneyOptions, moneySettings, parseMoneyOptions } from "../money-options.ts";
import { startProgress } from "../progress.ts";
import { chooseRules, ruleOptions } from "../rule-options.ts";
import { parseSchemaVersion, schemaVersionOption } from "../schema-version-option.ts";
import { parseDurationOption, parseIntegerOption } from "../usage-error.ts";
import { readBearerToken } from "../x-token.ts";

export const recordCommand = defineCommand({
  name: "record",
  describe: "keep X's filtered stream in a file, without Kafka",
  settings: ["xUrl", ...moneySettings],
  operands: "<file>",
  options: {
    file: {
      type: "string",
      demandOption: true,
      describe: "new file of NDJSON; .gz is packed with gzip, .zst with Zstandard",
    },
    ...ruleOptions,
    ...schemaVersionOption(latestTweetVersion),
    "max-posts": { type: "number", requiresArg: true, describe: "stop after that many lines" },
    "until-idle": {
      type: "string",
      requiresArg: true,
      describe: "stop when nothing came for that long, for example 3s; counted from 10s before the first",
    },
    ...moneyOptions,
    compression: { type: "boolean", default: true, describe: "ask X for a compressed stream" },
  },
  examples: [
    ["record posts.ndjson.zst --rule python=python --max-posts 1000", "the token comes from X_BEARER_TOKEN"],
    [
      "record all.ndjson.zst --rules rules.yaml --budget 2usd/day",
      "what X bills counts as that of `produce`",
    ],
    ["record today.ndjson.gz", "what matches the rules that X holds, until Ctrl-C"],
  ],
  async run(context, args) {
    const { host, config, log } = context;
    const maxPosts = parseIntegerOption("max-posts", args["max-posts"], { min: 1 });
    const untilIdleMs = parseDurationOption("until-idle", args["until-idle"]);
    const schemaVersion = parseSchemaVersion(args["schema-version"]);
    const paid = parseMoneyOptions(context, args, schemaVersion);
    const rules = await chooseRules(host, args);
    const token = await readBearerToken(host.env, "the emulator takes any");
    const signal = host.interruption();
    const { resolve } = await import("node:path");
    const { runRecord } = await import("../run-record.ts");
    const { recordSummary, writeSummary } = await import("../summary.ts");
    const tally = createRecordTally(createSpendTally(config.budget?.millsPerDay ?? null));
    const gaps = createGapLog();
    const summary = recordSummary(tally, gaps);
    const stopProgress = startProgress(log, () => `recorded ${tally.recorded}`);
    try {
      await runRecord({
        config,
        log,
        file: resolve(host.cwd, args.file),
        source: { kind: "x", token, rules, compression: args.compression, ...paid },
        schemaVersion,
        maxPosts,
        untilIdleMs,
        onGap: gaps.add,
        tally,
        clock: host.clock,
        signal,
      });
      return exitCodes.ok;
    } finally {
      stopProgress();
      await writeSummary(context, summary());
    }
  },
});
