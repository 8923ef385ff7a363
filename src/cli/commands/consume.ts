/**
 * `birdwire consume`: records of the topic to stdout.
 */
import { kafkaSettings, operationsSettings, registrySettings } from "../../config/settings.ts";
import { createConsumeTally } from "../../telemetry/tally.ts";
import { defineCommand } from "../command.ts";
import { describeConsumption, progressIntervalMs } from "../describe-consumption.ts";
import { exitCodes } from "../exit-codes.ts";
import { filterOptions, openFilter } from "../filter-options.ts";
import { openTextSink } from "../host.ts";
import { openKafka } from "../open-clients.ts";
import { openConsumeHealth } from "../open-health.ts";
import { startProgress } from "../progress.ts";
import { parseReadingOptions, readingOptions } from "../reading-options.ts";
import { openRenderer, type ReadWith, rendererOptions } from "../renderer-options.ts";
import { parseSelection, startOptions } from "../start-options.ts";
import { parseDurationOption, parseIntegerOption } from "../usage-error.ts";

export const consumeCommand = defineCommand({
  name: "consume",
  describe: "show the tweets of the topic",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId", ...operationsSettings],
  options: {
    ...rendererOptions,
    ...readingOptions,
    ...filterOptions,
    ...startOptions,
    "until-end": {
      type: "boolean",
      default: false,
      describe: "stop at the end the topic has when the command starts",
    },
    "max-records": { type: "number", requiresArg: true, describe: "stop after that many records" },
    group: {
      type: "string",
      requiresArg: true,
      describe: "consumer group that goes on where it stopped; without it each run is a group of its own",
    },
    "batch-interval": {
      type: "string",
      default: "1s",
      requiresArg: true,
      describe: "how long a table gathers a micro-batch",
    },
  },
  examples: [
    ["consume --from-beginning --until-end --format json", "everything there is, one object a line"],
    ["consume --topic orders --reader latest --format json", "any topic, read with what its subject has"],
    [
      `consume --filter "lang in ('en', 'de') and text matches '(?i)kafka'"`,
      "tweets in two languages about Kafka",
    ],
    ["consume --last 10 --until-end --format json", "the newest ten"],
    ["consume --from-time 15m", "those of the last quarter of an hour, and what comes"],
    ["consume --group screen", "from where the group stopped, as tables, until Ctrl-C"],
  ],
  async run(context, args) {
    const { host, config, security, log } = context;
    const maxRecords = parseIntegerOption("max-records", args["max-records"], { min: 1 });
    const { fromBeginning, ...selection } = parseSelection(args, host.clock.now());
    const batchIntervalMs = parseDurationOption("batch-interval", args["batch-interval"]);
    const reading = await parseReadingOptions(args, host, config.topic);
    // Made once here, so that what they cannot show or hold is said before anything is connected.
    const generated = {
      renderer: await openRenderer(args, host, config.topic),
      filter: await openFilter(args, config.topic),
    };
    const openView = async (schema: ReadWith) =>
      reading.reader.kind === "generated"
        ? generated
        : {
            renderer: await openRenderer(args, host, config.topic, schema),
            filter: await openFilter(args, config.topic, schema),
          };
    const signal = host.interruption();
    const { runConsume } = await import("../run-consume.ts");
    const { consumeSummary, writeSummary } = await import("../summary.ts");
    const tally = createConsumeTally();
    await using health = await openConsumeHealth(context, tally);
    const summary = consumeSummary(tally);
    const describe = describeConsumption(tally, () => performance.now());
    const stopProgress = startProgress(log, describe, progressIntervalMs(host));
    try {
      await runConsume({
        config,
        security,
        kafka: await openKafka(context),
        openView,
        reading,
        sink: openTextSink(host),
        group: args.group,
        fromBeginning,
        selection,
        untilEnd: args["until-end"],
        maxRecords,
        batchIntervalMs,
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
