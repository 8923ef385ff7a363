/**
 * `birdwire produce`: posts from the X filtered stream, or from a recorded file, to the topic.
 */
import { parseRuleFlags } from "../../config/rule-flag.ts";
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { findStatePath } from "../../config/state-path.ts";
import { createSystemClock } from "../../kernel/clock.ts";
import { createProduceTally } from "../../telemetry/tally.ts";
import { latestTweetVersion } from "../../tweets/version.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openKafka } from "../open-clients.ts";
import { startProgress } from "../progress.ts";
import { createReplayProgress } from "../replay-progress.ts";
import type { SourceSettings } from "../run-produce.ts";
import { parseSchemaVersion, schemaVersionOption } from "../schema-version-option.ts";
import { parseDurationOption, parseIntegerOption, UsageError } from "../usage-error.ts";
import { readBearerToken } from "../x-token.ts";

const options = {
  rule: {
    type: "string",
    array: true,
    nargs: 1,
    describe:
      "a filter rule, TAG=VALUE in X's rule language; may be repeated; without one the rules that X holds",
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
    default: "auto",
    describe: "register the schema, or only look it up",
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
  "max-tweets": { type: "number", requiresArg: true, describe: "stop after that many tweets" },
  "until-idle": {
    type: "string",
    requiresArg: true,
    describe: "stop when no post came for that long, for example 3s; counted from 10s before the first",
  },
  compression: { type: "boolean", default: true, describe: "ask X for a compressed stream" },
} as const;

export const produceCommand = defineCommand({
  name: "produce",
  describe: "carry posts from X, or from a file, to Kafka",
  settings: [...kafkaSettings, ...registrySettings, "xUrl", "topic", "clientId", "state"],
  options,
  examples: [
    [
      "produce --rule python=python --rule BTS=BTS",
      "the token comes from X_BEARER_TOKEN or X_BEARER_TOKEN_FILE",
    ],
    ["produce --replay posts.ndjson", "recorded posts, without X in between"],
    ["produce --replay posts.ndjson.zst --resume", "from where an earlier run stopped"],
  ],
  async run(context, args) {
    const { host, config, security, log } = context;
    const maxTweets = parseIntegerOption("max-tweets", args["max-tweets"], { min: 1 });
    const partitions = parseIntegerOption("partitions", args.partitions, { min: 1, max: 10_000 });
    const schemaVersion = parseSchemaVersion(args["schema-version"]);
    const untilIdleMs = parseDurationOption("until-idle", args["until-idle"]);
    const source = await chooseSource(context, args);
    const signal = host.interruption();
    const { runProduce } = await import("../run-produce.ts");
    const { produceSummary, writeSummary } = await import("../summary.ts");
    const tally = createProduceTally();
    const summary = produceSummary(tally);
    let describeProgress = () => `received ${tally.received}, produced ${tally.produced}`;
    const stopProgress = startProgress(log, () => describeProgress());
    try {
      await runProduce({
        config,
        security,
        kafka: await openKafka(context),
        source,
        schemaVersion,
        register: args["use-latest"] ? "latest" : args.register === "never" ? "never" : "auto",
        partitions,
        maxTweets,
        untilIdleMs,
        onReplay(position) {
          describeProgress = createReplayProgress({
            position: () => position,
            tally,
            clock: createSystemClock(),
          });
        },
        tally,
        log,
        signal,
      });
      return exitCodes.ok;
    } finally {
      stopProgress();
      await writeSummary(host, summary());
    }
  },
});

async function chooseSource(
  { host, config }: CommandContext,
  args: {
    readonly rule?: unknown;
    readonly replay?: string | undefined;
    readonly resume: boolean;
    readonly compression: boolean;
  },
): Promise<SourceSettings> {
  const rules = parseRuleFlags(Array.isArray(args.rule) ? args.rule.map(String) : []);
  if (args.replay !== undefined) {
    if (rules.length > 0)
      throw new UsageError("usage", "--rule filters X's stream; --replay sends the whole file");
    const statePath = findStatePath(config, host.env, host.cwd);
    return { kind: "replay", file: args.replay, resume: args.resume, statePath };
  }
  if (args.resume) throw new UsageError("usage", "--resume goes on with the file that --replay names");
  const token = await readBearerToken(
    host.env,
    "the emulator takes any; --replay sends a recorded file instead",
  );
  return { kind: "x", token, rules, compression: args.compression };
}
