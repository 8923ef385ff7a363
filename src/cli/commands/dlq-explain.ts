/**
 * `birdwire dlq explain`: why there are dead letters, and what would help them.
 */
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { flagOfTopic, letterListOptions, parseLetterFilter } from "../letter-options.ts";
import { parseProofReader, proofReaderOptions } from "../proof-reader.ts";
import { parseIntegerOption } from "../usage-error.ts";

export const dlqExplainCommand = defineCommand({
  name: "explain",
  describe: "dead letters by cause, what a redrive would make of them now, and what would help",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId"],
  options: { ...letterListOptions, ...proofReaderOptions },
  examples: [
    ["explain", "each cause once, the most frequent first"],
    [
      "explain --topic orders --reader 2",
      "which records of orders version 2 of their subject does not read, and why",
    ],
    ["explain --from-time 2h --format json", "what went wrong in the last two hours, one cause a line"],
  ],
  async run(context, args) {
    const { host, log, config } = context;
    const last = parseIntegerOption("last", args.last, { min: 1 });
    const filter = parseLetterFilter(args, host.clock.now());
    const reader = await parseProofReader(args, host, config);
    const signal = host.interruption();
    const { runExplain } = await import("../run-explain.ts");
    const { printCauseJson, printCauses } = await import("../print-causes.ts");
    const { quoteWord } = await import("../../operations/advise-cause.ts");
    const explained = await runExplain({ ...context, filter, all: args.all, last, reader, signal });
    // Half of the topic tells neither which letters there are nor which are open.
    if (signal.aborted) return exitCodes.ok;
    const { groups, settled, reading } = explained;
    const { deadLetterTopic } = explained;
    const printing = {
      reading,
      topicFlags: flagOfTopic(deadLetterTopic),
      readerFlags: (["reader", "schemas", "subject"] as const)
        .flatMap((name) => (args[name] === undefined ? [] : [` --${name} ${quoteWord(args[name])}`]))
        .join(""),
    };
    const text =
      args.format === "json"
        ? groups.map((group) => printCauseJson(group, printing)).join("")
        : printCauses(groups, printing);
    await writeAll(host.stdout, text);
    if (groups.length === 0) log.info(`no open dead letter in ${deadLetterTopic} matches`);
    if (settled > 0) log.info(`${settled} more are dealt with; --all shows them`);
    return exitCodes.ok;
  },
});
