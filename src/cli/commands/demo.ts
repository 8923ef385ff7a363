/**
 * `birdwire demo` (`npm start`): emulators, producer and consumer in one process, tweets on the screen.
 */
import { parseRuleFlags } from "../../config/rule-flag.ts";
import { createConsumeTally, createProduceTally } from "../../telemetry/tally.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openTextSink } from "../host.ts";
import { openKafka } from "../open-clients.ts";
import { openEmulators } from "../open-emulators.ts";
import { openRenderer, rendererOptions } from "../renderer-options.ts";
import { parseSchemaVersion, schemaVersionOption } from "../schema-version-option.ts";
import { parseDurationOption, parseIntegerOption } from "../usage-error.ts";
import { parseXEmulatorOptions, xEmulatorOptions } from "../x-emulator-options.ts";

/** Every post of the generator matches one of these. */
const demoRules = ["python=python", "BTS=BTS", "typescript=typescript", "kafka=kafka OR avro"];

export const demoCommand = defineCommand({
  name: "demo",
  describe: "all of it in one process: emulators, producer, consumer, tweets on the screen",
  settings: ["topic"],
  options: {
    ...rendererOptions,
    rule: {
      type: "string",
      array: true,
      nargs: 1,
      describe: `filter rules, TAG=VALUE [${demoRules.join(", ")}]`,
    },
    "max-tweets": { type: "number", requiresArg: true, describe: "stop after that many tweets" },
    linger: {
      type: "string",
      default: "0",
      requiresArg: true,
      describe: "keep the emulators up that long after the last tweet, for example 5s",
    },
    // The one whose table fits a screen.
    ...schemaVersionOption(1),
    ...xEmulatorOptions,
  },
  examples: [["demo --max-tweets 500 --linger 5s", "500 tweets, then five seconds to look at the broker"]],
  async run(context, args) {
    const { host, config: configured, security, log } = context;
    const maxTweets = parseIntegerOption("max-tweets", args["max-tweets"], { min: 1 });
    const schemaVersion = parseSchemaVersion(args["schema-version"]);
    const lingerMs = parseDurationOption("linger", args.linger);
    const rules = parseRuleFlags(args.rule === undefined ? demoRules : args.rule.map(String));
    const generated = args["x-replay"] === undefined;
    const x = parseXEmulatorOptions({
      ...args,
      // Where every post matches, the generator stops by itself: none is delivered that is not shown.
      "x-posts": args["x-posts"] ?? (generated && args.rule === undefined ? maxTweets : undefined),
    });
    const renderer = await openRenderer(args, host, configured.topic);
    const interruption = host.interruption();
    const { runPipeline } = await import("../run-pipeline.ts");
    const { pipelineSummary, writeSummary } = await import("../summary.ts");

    await using emulators = await openEmulators(
      { kafkaPort: 0, registryPort: 0, xPort: 0, xControlPort: 0, x },
      { log, clock: host.clock },
    );
    const { brokers, registryUrl, xUrl, xControlUrl } = emulators.addresses;
    log.info(`Kafka ${brokers}, registry ${registryUrl}, X ${xUrl}, ledger ${xControlUrl}/ledger`);
    const config = { ...configured, brokers: [brokers], registry: registryUrl, xUrl };
    const kafka = await openKafka({ config, security, log });

    const tallies = { produced: createProduceTally(), consumed: createConsumeTally() };
    const summary = pipelineSummary(tallies);
    try {
      await runPipeline({
        config,
        security,
        kafka,
        source: { kind: "x", token: x.token ?? "emulator", rules, compression: false, users: true },
        schemaVersion,
        // One partition shows tweets in the order in which they came.
        partitions: 1,
        maxTweets,
        openView: async () => ({ renderer }),
        sink: openTextSink(host),
        batchIntervalMs: 1000,
        batchRows: args.rows,
        tallies,
        log,
        clock: host.clock,
        signal: interruption,
      });
    } finally {
      await writeSummary(context, summary());
    }
    if (lingerMs > 0 && !interruption.aborted) {
      log.info(`the emulators stay up for ${args.linger}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lingerMs);
        interruption.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return exitCodes.ok;
  },
});
