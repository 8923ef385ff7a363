/**
 * `birdwire schemas diff`: what changed between two versions, and whether each reads the other.
 */
import type { DiffSide } from "../../changeset/diff.ts";
import { registrySettings } from "../../config/settings.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { readPackageVersion } from "../package-root.ts";
import { type DiffOperand, DiffSideReader } from "../read-diff-side.ts";
import { reportOptions } from "../schema-reports.ts";
import { UsageError } from "../usage-error.ts";

export const diffCommand = defineCommand({
  name: "diff",
  operands: "<older> [newer]",
  describe: "what changed between two versions of a schema",
  settings: [...registrySettings, "clientId"],
  options: {
    older: {
      type: "string",
      demandOption: true,
      describe: "tweet/v1, tweet (its newest), a file, REVISION, REVISION:FILE or SUBJECT@VERSION",
    },
    newer: { type: "string", describe: "the same; without it the folder as it is" },
    schemas: reportOptions.schemas,
    format: reportOptions.format,
  },
  examples: [
    ["diff main", "what this branch changes in every record of the folder schemas/"],
    ["diff HEAD~3 tweet", "what became of one record since then"],
    ["diff tweet/v1 tweet/v2", "two versions of the folder schemas/"],
    ["diff main:schemas/tweet/v2.avsc tweet/v2", "a file as it is on a branch, and as it is here"],
    ["diff twitter-value@latest tweet/v2", "what the registry has, and what it would get"],
  ],
  async run(context, args) {
    const { createDiff, printDiff } = await import("../../changeset/diff.ts");
    const { counterpartOf, diffFolders, printFolderDiff } = await import("../../changeset/diff-folders.ts");
    const reader = new DiffSideReader(context, args.schemas);
    const older = await reader.read(args.older);
    const newer: DiffOperand =
      args.newer === undefined && older.kind === "folder"
        ? { kind: "folder", folder: await reader.readWorkingFolder() }
        : await reader.read(newerName(args.newer));
    const text =
      older.kind === "folder" && newer.kind === "folder"
        ? printFolderDiff(diffFolders(older.folder, newer.folder), args.format, readPackageVersion())
        : printDiff(
            createDiff(
              sideOf(older, newer, args.older, counterpartOf),
              sideOf(newer, older, args.newer ?? "", counterpartOf),
            ),
            args.format,
            readPackageVersion(),
          );
    await writeAll(context.host.stdout, neutralize(text, { keepLines: true }));
    return exitCodes.ok;
  },
});

function newerName(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new UsageError("usage", "diff takes two schemas, or a Git revision alone: what is the newer one?");
}

/** The schema itself; of a folder the one that stands for the other side's. Throws UsageError where there is none. */
function sideOf(
  operand: DiffOperand,
  other: DiffOperand,
  name: string,
  counterpartOf: typeof import("../../changeset/diff-folders.ts").counterpartOf,
): DiffSide {
  if (operand.kind === "schema") return operand.side;
  if (other.kind === "folder" || other.version === null) {
    throw new UsageError(
      "usage",
      `${name} is a Git revision, and the other side is no version of the folder: give ${name}:FILE`,
    );
  }
  const side = counterpartOf(other.version, operand.folder);
  if (side !== null) return side;
  throw new UsageError("usage", `${name} has no ${other.version.record}/ in its folder of schemas`);
}
