/**
 * `birdwire produce`: posts from the X filtered stream, or from a recorded file, to the topic.
 */
import { kafkaSettings, operationsSettings, registrySettings } from "../../config/settings.ts";
import { defaultDedupeCapacity } from "../../pipeline/dedupe-window.ts";
import { createProduceTally, createSpendTally } from "../../telemetry/tally.ts";
import { latestTweetVersion, type TweetVersion } from "../../tweets/version.ts";
import { type GhostPolicy, ghostPolicies } from "../../x/facts.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { fromJsonOptions, parseFromJson } from "../from-json-options.ts";
import { createGapLog } from "../gap-log.ts";
import { moneyOptions, moneySettings, parseMoneyOptions } from "../money-options.ts";
import { openKafka } from "../open-clients.ts";
import { openProduceHealth } from "../open-health.ts";
import { startProgress } from "../progress.ts";
import { createReplayProgress } from "../replay-progress.ts";
import { chooseRules, type RuleArgs, ruleOptions } from "../rule-options.ts";
import type { SourceSettings } from "../run-produce.ts";
import { parseSchemaVersion, schemaVersionOption } from "../schema-version-option.ts";
import { parseDurationOption, parseIntegerOption, UsageError } from "../usage-error.ts";
import { readBearerToken } from "../x-token.ts";

/** 20 bytes each: 1 GB. */
const maxDedupe = 50_000_000;

const options = {
  ...ruleOptions,
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
  ...fromJsonOptions,
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
  ...moneyOptions,
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
  describe: "carry posts from X, or from a file, or values of any schema, to Kafka",
  settings: [
    ...kafkaSettings,
    ...registrySettings,
    "xUrl",
    "topic",
    "clientId",
    ...moneySettings,
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
    ["produce --topic orders --from-json orders.ndjson", "values of any schema: the one registered last"],
    ["produce --topic orders --schema order.avsc --from-json -", "from stdin, with that schema"],
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
    const choice = await parseFromJson(args, host, { topic: config.topic, register, schemaVersion });
    if (choice !== null) {
      const { produceFromJson } = await import("../run-from-json.ts");
      return await produceFromJson(context, { choice, partitions, retention });
    }
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
          describeProgress = createReplayProgress({ position, tally, clock: host.clock });
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
  context: CommandContext,
  args: RuleArgs & {
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
  const { host } = context;
  const { users, money } = parseMoneyOptions(context, args, schemaVersion);
  if (args.replay !== undefined) {
    if ((args.rule ?? []).length > 0 || args.rules !== undefined) {
      const flag = args.rules === undefined ? "--rule filters" : "--rules filters";
      throw new UsageError("usage", `${flag} X's stream; --replay sends the whole file`);
    }
    if (users) throw new UsageError("usage", "--expand asks X for more; --replay sends what the file has");
    return { kind: "replay", file: args.replay, resume: args.resume, statePath: money.statePath };
  }
  if (args.resume) throw new UsageError("usage", "--resume goes on with the file that --replay names");
  const rules = await chooseRules(host, args);
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
    money,
  };
}
