/**
 * `birdwire produce`: posts from the X filtered stream, or from a recorded file, to the topic.
 */
import { parseRuleFlags } from "../../config/rule-flag.ts";
import { kafkaSettings, operationsSettings, registrySettings } from "../../config/settings.ts";
import { findStatePath } from "../../config/state-path.ts";
import { defaultDedupeCapacity } from "../../pipeline/dedupe-window.ts";
import { createProduceTally, createSpendTally } from "../../telemetry/tally.ts";
import { hasUsers } from "../../tweets/asked-fields.ts";
import { latestTweetVersion, type TweetVersion } from "../../tweets/version.ts";
import { type GhostPolicy, ghostPolicies } from "../../x/facts.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { createGapLog } from "../gap-log.ts";
import { openKafka } from "../open-clients.ts";
import { openProduceHealth } from "../open-health.ts";
import { openRulesFile } from "../open-rules.ts";
import { startProgress } from "../progress.ts";
import { createReplayProgress } from "../replay-progress.ts";
import type { SourceSettings } from "../run-produce.ts";
import { parseSchemaVersion, schemaVersionOption } from "../schema-version-option.ts";
import { parseDurationOption, parseIntegerOption, UsageError } from "../usage-error.ts";
import { readBearerToken } from "../x-token.ts";

/** 20 bytes each: 1 GB. */
const maxDedupe = 50_000_000;

const options = {
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
  replay: {
    type: "string",
    requiresArg: true,
    describe: "send posts of a recorded NDJSON file (plain, .gz or .zst) instead of X's",
  },
  resume: {
    type: "boolean",
    default: false,
    describe: "go on after the last line that an earlier replay of the file had acknowledged",
  },
  register: {
    choices: ["auto", "never"],
    requiresArg: true,
    describe: "register the schema, as is done without it (auto), or only look it up (never)",
  },
  "use-latest": {
    type: "boolean",
    default: false,
    describe:
      "register nothing: write with the version registered last, if the tweet's schema can be read as it",
  },
  ...schemaVersionOption(latestTweetVersion),
  partitions: {
    type: "number",
    default: 3,
    requiresArg: true,
    describe: "partitions of a topic that is created",
  },
  dedupe: {
    type: "number",
    default: defaultDedupeCapacity,
    requiresArg: true,
    describe:
      "how many of the newest posts are remembered, those in the topic included, so that none is produced twice; 0: none",
  },
  retention: {
    type: "string",
    requiresArg: true,
    describe: "how long a topic that is created keeps tweets: 30d, or forever; by default as the brokers say",
  },
  "max-tweets": { type: "number", requiresArg: true, describe: "stop after that many tweets" },
  "until-idle": {
    type: "string",
    requiresArg: true,
    describe: "stop when no post came for that long, for example 3s; counted from 10s before the first",
  },
  expand: {
    type: "string",
    array: true,
    nargs: 1,
    choices: ["users"],
    describe: "ask X for more, which it bills: users, the author of each post, at twice the price of a post",
  },
  "budget-margin": {
    type: "string",
    default: "1s",
    requiresArg: true,
    describe: "stop that much of the current rate before the budget, for what X has sent by then",
  },
  backfill: {
    choices: ["auto", "never"],
    default: "auto",
    describe: "after a cut ask X for what was missed, where the access level has that",
  },
  "kill-ghosts": {
    choices: ghostPolicies,
    default: "auto",
    describe:
      "when X counts too many connections: end those this process left behind (auto), none (never), or any of the app (all)",
  },
  compression: { type: "boolean", default: true, describe: "ask X for a compressed stream" },
} as const;

export const produceCommand = defineCommand({
  name: "produce",
  describe: "carry posts from X, or from a file, to Kafka",
  settings: [
    ...kafkaSettings,
    ...registrySettings,
    "xUrl",
    "topic",
    "clientId",
    "budget",
    "state",
    ...operationsSettings,
  ],
  options,
  examples: [
    [
      "produce --rule python=python --rule BTS=BTS",
      "the token comes from X_BEARER_TOKEN or X_BEARER_TOKEN_FILE",
    ],
    ["produce --rule python=python --budget 5usd/day", "ends with 6 before X has billed more on one UTC day"],
    ["produce --rules rules.yaml", "the rules of a file, which `birdwire rules plan` looks at first"],
    ["produce --replay posts.ndjson", "recorded posts, without X in between"],
    ["produce --replay posts.ndjson.zst --resume", "from where an earlier run stopped"],
  ],
  async run(context, args) {
    const { host, config, security, log } = context;
    const maxTweets = parseIntegerOption("max-tweets", args["max-tweets"], { min: 1 });
    const partitions = parseIntegerOption("partitions", args.partitions, { min: 1, max: 10_000 });
    const retention =
      args.retention === "forever" ? args.retention : parseDurationOption("retention", args.retention);
    if (retention === 0) {
      throw new UsageError("usage", "--retention 0 would keep nothing; `forever` keeps everything");
    }
    const schemaVersion = parseSchemaVersion(args["schema-version"]);
    const dedupe = parseIntegerOption("dedupe", args.dedupe, { min: 0, max: maxDedupe });
    const untilIdleMs = parseDurationOption("until-idle", args["until-idle"]);
    const register = chooseRegistration(args);
    const source = await chooseSource(context, args, schemaVersion);
    const signal = host.interruption();
    const { runProduce } = await import("../run-produce.ts");
    const { produceSummary, writeSummary } = await import("../summary.ts");
    const tally = createProduceTally();
    if (source.kind === "x") tally.spend = createSpendTally(config.budget?.millsPerDay ?? null);
    await using health = await openProduceHealth(context, { tally, isLive: source.kind === "x" });
    const gaps = createGapLog();
    const summary = produceSummary(tally, gaps);
    let describeProgress = () => `received ${tally.received}, produced ${tally.produced}`;
    const stopProgress = startProgress(log, () => describeProgress());
    try {
      await runProduce({
        config,
        security,
        kafka: await openKafka(context),
        source,
        schemaVersion,
        register,
        partitions,
        retention,
        maxTweets,
        untilIdleMs,
        dedupe,
        onGap: gaps.add,
        onReplay(position) {
          describeProgress = createReplayProgress({ position: () => position, tally, clock: host.clock });
        },
        tally,
        watch: health?.watch,
        log,
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

function chooseRegistration(args: {
  readonly register: string | undefined;
  readonly "use-latest": boolean;
}): "auto" | "never" | "latest" {
  if (!args["use-latest"]) return args.register === "never" ? "never" : "auto";
  if (args.register === undefined) return "latest";
  throw new UsageError(
    "usage",
    `--use-latest registers nothing and looks up no version but the latest, so that --register ${args.register} has no say: leave one of them out`,
  );
}

async function chooseSource(
  { host, config }: CommandContext,
  args: {
    readonly rule?: unknown;
    readonly rules?: string | undefined;
    readonly expand?: unknown;
    readonly replay?: string | undefined;
    readonly resume: boolean;
    readonly compression: boolean;
    readonly backfill: string;
    readonly "kill-ghosts": GhostPolicy;
    readonly "budget-margin": string;
  },
  schemaVersion: TweetVersion,
): Promise<SourceSettings> {
  const flags = parseRuleFlags(Array.isArray(args.rule) ? args.rule.map(String) : []);
  if (flags.length > 0 && args.rules !== undefined) {
    throw new UsageError("usage", "rules come from --rule or from the file of --rules, not from both");
  }
  const marginMs = parseDurationOption("budget-margin", args["budget-margin"]);
  const users = Array.isArray(args.expand) && args.expand.length > 0;
  if (users && !hasUsers(schemaVersion)) {
    throw new UsageError("usage", `--expand users: version ${schemaVersion} has no place for them; 3 has`);
  }
  const statePath = findStatePath(config, host.env, host.cwd);
  if (args.replay !== undefined) {
    if (flags.length > 0 || args.rules !== undefined) {
      const flag = args.rules === undefined ? "--rule filters" : "--rules filters";
      throw new UsageError("usage", `${flag} X's stream; --replay sends the whole file`);
    }
    if (users) throw new UsageError("usage", "--expand asks X for more; --replay sends what the file has");
    return { kind: "replay", file: args.replay, resume: args.resume, statePath };
  }
  if (args.resume) throw new UsageError("usage", "--resume goes on with the file that --replay names");
  const rules = args.rules === undefined ? flags : await openRulesFile(host, args.rules);
  if (args.rules !== undefined && rules.length === 0) {
    throw new UsageError("usage", `the rules file ${args.rules} names no rule, so X would send nothing`);
  }
  const token = await readBearerToken(
    host.env,
    "the emulator takes any; --replay sends a recorded file instead",
  );
  return {
    kind: "x",
    token,
    rules,
    compression: args.compression,
    backfill: args.backfill === "auto",
    ghosts: args["kill-ghosts"],
    users,
    money: { statePath, marginMs },
  };
}
