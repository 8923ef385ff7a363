/**
 * `birdwire dlq list`: which dead letters there are.
 */
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { letterListOptions, parseLetterFilter } from "../letter-options.ts";
import { parseIntegerOption } from "../usage-error.ts";

export const dlqListCommand = defineCommand({
  name: "list",
  describe: "dead letters by stage and reason",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId"],
  options: letterListOptions,
  examples: [
    ["list", "all that are open"],
    ["list --stage decode --from-time 2h --format json", "what could not be decoded in the last two hours"],
  ],
  async run(context, args) {
    const { host, log } = context;
    const last = parseIntegerOption("last", args.last, { min: 1 });
    const filter = parseLetterFilter(args, host.clock.now());
    const signal = host.interruption();
    const { openLetters } = await import("../open-letters.ts");
    const { listDeadLetters } = await import("../../operations/list-letters.ts");
    const { printLetterJson, printLetterList } = await import("../print-letters.ts");
    await using letters = await openLetters({ ...context, signal });
    const options = { topic: letters.deadLetterTopic, filter, all: args.all, last, signal };
    const list = await listDeadLetters(letters, options);
    // Half of the topic tells neither which letters there are nor which are open.
    if (signal.aborted) return exitCodes.ok;
    const text =
      args.format === "json" ? list.letters.map(printLetterJson).join("") : printLetterList(list.letters);
    await writeAll(host.stdout, text);
    if (list.letters.length === 0) log.info(`no open dead letter in ${letters.deadLetterTopic} matches`);
    if (list.settled > 0) log.info(`${list.settled} more are dealt with; --all shows them`);
    return exitCodes.ok;
  },
});
