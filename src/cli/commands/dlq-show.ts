/**
 * `birdwire dlq show PARTITION:OFFSET`: one dead letter, whole.
 */
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { parsePlaceArgument } from "../letter-options.ts";

export const dlqShowCommand = defineCommand({
  name: "show",
  operands: "<letter>",
  describe: "one dead letter with its content",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId"],
  options: {
    letter: { type: "string", demandOption: true, describe: "PARTITION:OFFSET, as `dlq list` shows it" },
    raw: {
      type: "boolean",
      default: false,
      describe: "write the content alone to stdout, byte for byte",
    },
    format: {
      choices: ["text", "json"],
      default: "text",
      requiresArg: true,
      describe: "text for people, or one JSON object with bytes as base64",
    },
  },
  examples: [
    ["show 0:17", "why it was given up, where it came from, and what it is"],
    ["show 0:17 --raw > post.json", "its bytes"],
  ],
  async run(context, args) {
    const { host } = context;
    const place = parsePlaceArgument(args.letter);
    const signal = host.interruption();
    const { openLetters } = await import("../open-letters.ts");
    const { findDeadLetter } = await import("../../operations/find-letter.ts");
    const { OperationError } = await import("../../operations/error.ts");
    const { printFoundJson, printFoundLetter } = await import("../print-letters.ts");
    await using letters = await openLetters({ ...context, signal });
    const { deadLetterTopic: topic } = letters;
    const found = await findDeadLetter(letters, place, { topic, signal });
    if (signal.aborted) return exitCodes.ok;
    if (found === null) {
      throw new OperationError("no-such-letter", `${topic} has no dead letter at ${args.letter}`, {
        details: { topic, ...place },
      });
    }
    if (args.raw) {
      const { entry } = found;
      await writeAll(host.stdout, entry.kind === "letter" ? entry.letter.raw : entry.raw);
    } else {
      const print = args.format === "json" ? printFoundJson : printFoundLetter;
      await writeAll(host.stdout, print(topic, found));
    }
    return exitCodes.ok;
  },
});
