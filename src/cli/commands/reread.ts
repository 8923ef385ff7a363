/**
 * `birdwire reread --as v1,v2,v3`: a topic through several versions of its schema.
 */
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { parseSubjectName } from "../../kernel/brand.ts";
import { asOption, parseAs } from "../as-option.ts";
import { defineCommand } from "../command.ts";
import { progressIntervalMs } from "../describe-consumption.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { startProgress } from "../progress.ts";
import { readerOptions } from "../reading-options.ts";
import { parseSelection, startOptions } from "../start-options.ts";
import { parseIntegerOption } from "../usage-error.ts";

export const rereadCommand = defineCommand({
  name: "reread",
  describe: "read a topic through several versions of its schema, and compare",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId"],
  options: {
    ...asOption,
    subject: readerOptions.subject,
    "from-beginning": { type: "boolean", default: false, describe: "read all of the topic, as without it" },
    "from-time": startOptions["from-time"],
    "from-offset": startOptions["from-offset"],
    last: startOptions.last,
    partitions: { ...startOptions.partitions, describe: "read only these, for example 0,2" },
    "max-records": { type: "number", requiresArg: true, describe: "stop after that many records" },
    records: {
      type: "number",
      default: 10,
      requiresArg: true,
      describe: "how many records are shown one by one, the first of them; all are counted",
    },
    format: {
      choices: ["text", "json"],
      default: "text",
      requiresArg: true,
      describe: "text for people, or one JSON object a line",
    },
  },
  examples: [
    ["reread --as v1,v2,v3", "what each version makes of every record there is"],
    ["reread --as latest,next.avsc --last 1000", "whether a version to come reads the newest thousand"],
    ["reread --topic orders --as 1,2 --format json", "another topic, for a script"],
  ],
  async run(context, args) {
    const { host, log } = context;
    const maxRecords = parseIntegerOption("max-records", args["max-records"], { min: 1 });
    const shownRecords = parseIntegerOption("records", args.records, { min: 0 }) ?? 0;
    const selection = parseSelection({ ...args, commit: true }, host.clock.now());
    const subject = args.subject === undefined ? undefined : parseSubjectName(args.subject);
    const as = await parseAs(args.as, host);
    const signal = host.interruption();
    const { runReread } = await import("../run-reread.ts");
    let progress = "";
    const onProgress = (done: number, total: number) => {
      progress = `${done} of ${total} offsets of ${context.config.topic} are read`;
    };
    const stopProgress = startProgress(log, () => progress, progressIntervalMs(host));
    const choice = { as, subject, selection, maxRecords, shownRecords };
    const result = await runReread({ ...context, ...choice, onProgress, signal }).finally(stopProgress);
    const text =
      args.format === "json"
        ? (await import("../print-reread-json.ts")).printRereadJson(result)
        : (await import("../print-reread.ts")).printReread(result);
    await writeAll(host.stdout, text);
    if (signal.aborted) log.warn("told to end: this is what was read by then");
    return result.unread > 0 ? exitCodes.deadLetters : exitCodes.ok;
  },
});
