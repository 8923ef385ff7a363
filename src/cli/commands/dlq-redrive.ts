/**
 * `birdwire dlq redrive`: dead letters on their way again.
 */
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { parseTopicName } from "../../kernel/brand.ts";
import type { LeftType } from "../../operations/redrive.ts";
import { deadLetterTopicOf } from "../../pipeline/letter-topic.ts";
import { latestTweetVersion } from "../../tweets/version.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { tellReader, writeAll } from "../host.ts";
import { flagOfTopic, letterOptions, parseLetterFilter, parsePlaces } from "../letter-options.ts";
import { parseProofReader, proofReaderOptions } from "../proof-reader.ts";
import { parseSchemaVersion, schemaVersionOption } from "../schema-version-option.ts";
import type { SummaryRow } from "../summary.ts";
import { parseIntegerOption } from "../usage-error.ts";

export const dlqRedriveCommand = defineCommand({
  name: "redrive",
  describe:
    "send dead letters on their way again: posts mapped anew, lines of --from-json encoded anew, records as they are",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId"],
  options: {
    ...letterOptions,
    letter: {
      type: "string",
      array: true,
      nargs: 1,
      describe: "only this one, PARTITION:OFFSET; may be repeated",
    },
    max: { type: "number", requiresArg: true, describe: "try only so many, the oldest first" },
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "say what would become of each, and send nothing",
    },
    register: {
      choices: ["auto", "never"],
      default: "auto",
      describe: "register the tweet's schema, or only look it up",
    },
    ...schemaVersionOption(latestTweetVersion),
    ...proofReaderOptions,
    format: {
      choices: ["text", "json"],
      default: "text",
      requiresArg: true,
      describe: "text for people, or one JSON object a line",
    },
  },
  examples: [
    ["redrive --dry-run", "what would become of each letter that is open"],
    ["redrive --reason unknown-schema-id --max 1000", "records whose schema is registered by now"],
    [
      "redrive --topic orders --reader 2 --dry-run",
      "which records of orders version 2 of their subject reads",
    ],
  ],
  async run(context, args) {
    const { host, log } = context;
    const max = parseIntegerOption("max", args.max, { min: 1 });
    const schemaVersion = parseSchemaVersion(args["schema-version"]);
    const places = parsePlaces(args.letter);
    const filter = { ...parseLetterFilter(args, host.clock.now()), places };
    const reader = await parseProofReader(args, host, context.config);
    const signal = host.interruption();
    const { runRedrive } = await import("../run-redrive.ts");
    const { printOutcome, printOutcomeJson } = await import("../print-letters.ts");
    const { writeSummary } = await import("../summary.ts");
    const { flagsOfType } = await import("../../operations/advise-cause.ts");
    const print = args.format === "json" ? printOutcomeJson : printOutcome;
    const counts = new Map<string, number>();
    const left = new Map<string, LeftLetters>();
    const register = args.register === "never" ? "never" : "auto";
    const dryRun = args["dry-run"];
    // A dry run has nothing but its output.
    const write = dryRun ? writeAll : tellReader;
    let isDone = false;
    try {
      await runRedrive({
        ...context,
        filter,
        max,
        dryRun,
        reader,
        schemaVersion,
        register,
        async onOutcome(place, letter, outcome) {
          const kind = outcome.kind === "fails" && outcome.left !== undefined ? "left" : outcome.kind;
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
          if (outcome.kind === "fails" && outcome.left !== undefined) countLeft(left, outcome.left);
          await write(host.stdout, print(place, letter, { outcome, dryRun }));
        },
        signal,
      });
      isDone = true;
    } finally {
      const count = (name: string) => String(counts.get(name) ?? 0);
      const rows: readonly SummaryRow[] = [
        [dryRun ? "would be redriven" : "redriven", count("redriven")],
        ["already there", count("already-there")],
        ["superseded", count("superseded")],
        ["forgotten", count("forgotten")],
        ["still fail", count("fails")],
        ...(counts.has("left") ? [["left for another run", count("left")] as const] : []),
      ];
      // A run that came to nothing has only its error to tell.
      if (isDone || counts.size > 0) await writeSummary(context, rows);
      const topicFlag = flagOfTopic(deadLetterTopicOf(parseTopicName(context.config.topic)));
      for (const { type, letters } of left.values()) {
        const what = letters === 1 ? "1 letter is" : `${letters} letters are`;
        const flags = `${topicFlag}${flagsOfType(type)}${dryRun ? " --dry-run" : ""}`;
        log.warn(`${what} of ${type.record}, which another run sends: birdwire dlq redrive${flags}`);
      }
    }
    return counts.has("fails") || counts.has("left") ? exitCodes.deadLetters : exitCodes.ok;
  },
});

interface LeftLetters {
  readonly type: LeftType;
  letters: number;
}

/** By what another run has to name. */
function countLeft(left: Map<string, LeftLetters>, type: LeftType): void {
  const name = JSON.stringify(type);
  const counted = left.get(name) ?? { type, letters: 0 };
  counted.letters++;
  left.set(name, counted);
}
