/**
 * `birdwire schemas diff`: what changed between two versions, and whether each reads the other.
 */
import { registrySettings } from "../../config/settings.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { readPackageVersion } from "../package-root.ts";
import { DiffSideReader } from "../read-diff-side.ts";
import { reportOptions } from "../schema-reports.ts";

export const diffCommand = defineCommand({
  name: "diff",
  operands: "<older> <newer>",
  describe: "what changed between two versions of a schema",
  settings: [...registrySettings, "clientId"],
  options: {
    older: {
      type: "string",
      demandOption: true,
      describe: "tweet/v1, a file, REVISION:FILE or SUBJECT@VERSION",
    },
    newer: { type: "string", demandOption: true, describe: "the same" },
    schemas: reportOptions.schemas,
    format: reportOptions.format,
  },
  examples: [
    ["diff tweet/v1 tweet/v2", "two versions of the folder schemas/"],
    ["diff main:schemas/tweet/v2.avsc tweet/v2", "what this branch changes"],
    ["diff twitter-value@latest tweet/v2", "what the registry has, and what it would get"],
  ],
  async run(context, args) {
    const { createDiff, printDiff } = await import("../../changeset/diff.ts");
    const reader = new DiffSideReader(context, args.schemas);
    const older = await reader.read(args.older);
    const newer = await reader.read(args.newer);
    const text = printDiff(createDiff(older, newer), args.format, readPackageVersion());
    await writeAll(context.host.stdout, neutralize(text, { keepLines: true }));
    return exitCodes.ok;
  },
});
