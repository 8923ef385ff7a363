/**
 * `birdwire consume`: records of the topic to stdout.
 */
import { kafkaSettings, operationsSettings, registrySettings } from "../../config/settings.ts";
import { createConsumeTally } from "../../telemetry/tally.ts";
import { defineCommand } from "../command.ts";
import { describeConsumption, progressIntervalMs } from "../describe-consumption.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { openKafka } from "../open-clients.ts";
import { openConsumeHealth } from "../open-health.ts";
import { startProgress } from "../progress.ts";
import { openRenderer, rendererOptions } from "../renderer-options.ts";
import { parseSelection, startOptions } from "../start-options.ts";
import { parseDurationOption, parseIntegerOption } from "../usage-error.ts";

export const consumeCommand = defineCommand({
  name: "consume",
  describe: "show the tweets of the topic",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId", ...operationsSettings],
  options: {
    ...rendererOptions,
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
    ["consume --last 10 --until-end --format json", "the newest ten"],
    ["consume --from-time 15m", "those of the last quarter of an hour, and what comes"],
    ["consume --group screen", "from where the group stopped, as tables, until Ctrl-C"],
  ],
  async run(context, args) {
    const { host, config, security, log } = context;
    const maxRecords = parseIntegerOption("max-records", args["max-records"], { min: 1 });
    const { fromBeginning, ...selection } = parseSelection(args, host.clock.now());
    const batchIntervalMs = parseDurationOption("batch-interval", args["batch-interval"]);
    const renderer = await openRenderer(args, host, config.topic);
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
        renderer,
        sink: { write: (text) => writeAll(host.stdout, text) },
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
