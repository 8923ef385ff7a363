/**
 * `birdwire schemas check`: may this folder be merged? Lock, versions, levels and generated code, offline.
 */
import type { Changeset } from "../../changeset/model.ts";
import type { ReportEntry } from "../../changeset/report.ts";
import { codegenSettings, kafkaSettings, registrySettings } from "../../config/settings.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { reportOptions, runReport } from "../schema-reports.ts";
import { parseIntegerOption, UsageError } from "../usage-error.ts";

const defaultLast = 1000;

const options = {
  ...reportOptions,
  recompute: {
    type: "boolean",
    default: false,
    describe: "compute the verdicts between released versions anew, and compare them with lock.json",
  },
  live: {
    type: "boolean",
    default: false,
    describe: "also against the registry, wherever the settings say it is; --registry implies it",
  },
  sample: {
    type: "string",
    requiresArg: true,
    describe:
      "also against the last records of that topic: read with the newest version, and written again with it, whatever the rules allow",
  },
  last: {
    type: "number",
    requiresArg: true,
    describe: `how many records --sample reads, of all partitions together; ${defaultLast} unless it is said`,
  },
  subject: {
    type: "string",
    requiresArg: true,
    describe: "which of its subjects --sample is about, where the folder has several for the topic",
  },
} as const;

interface CheckArgs {
  readonly schemas: string;
  readonly recompute: boolean;
  readonly live: boolean;
  readonly sample?: string | undefined;
  readonly last?: number | undefined;
  readonly subject?: string | undefined;
}

/** One place to look at; the report holds what all of them find. */
type Look = (
  changeset: Changeset,
  context: CommandContext,
  args: CheckArgs,
) => Promise<readonly ReportEntry[]>;

const looks: readonly Look[] = [lookAtFolder, lookAtGenerated, lookAtRegistry, lookAtRecords];

export const checkCommand = defineCommand({
  name: "check",
  describe: "versions against the lock and their levels; exit 3 with every finding",
  settings: [...codegenSettings, ...kafkaSettings, ...registrySettings, "clientId"],
  options,
  unused: ({ sample }) => (sample === undefined ? kafkaSettings : []),
  examples: [
    ["check", "the folder schemas/ here"],
    ["check --generated src/types", "the types are generated there, and not in src/generated/"],
    ["check --registry http://localhost:8081", "and what that registry says"],
    ["check --sample twitter --last 500", "and what becomes of records that are there"],
    ["check --format github", "each finding on its line of a pull request"],
  ],
  run(context, args) {
    parseIntegerOption("last", args.last ?? defaultLast, { min: 1 });
    for (const name of ["last", "subject"] as const) {
      if (args[name] !== undefined && args.sample === undefined)
        throw new UsageError("usage", `--${name} is about the records of --sample, and there is no --sample`);
    }
    return runReport(context.host, args, async (changeset) => {
      const found = await Promise.all(looks.map((look) => look(changeset, context, args)));
      return found.flat();
    });
  },
});

async function lookAtFolder(
  changeset: Changeset,
  _context: CommandContext,
  { recompute }: CheckArgs,
): Promise<readonly ReportEntry[]> {
  const { checkChangeset } = await import("../../changeset/check.ts");
  return checkChangeset(changeset, { recomputes: recompute });
}

async function lookAtGenerated(
  _changeset: Changeset,
  context: CommandContext,
  { schemas }: CheckArgs,
): Promise<readonly ReportEntry[]> {
  const { checkGenerated } = await import("../check-generated.ts");
  return await checkGenerated(context, schemas);
}

/** What the registry would refuse, and where it has something else; what would only be done is the plan's to tell. */
async function lookAtRegistry(
  changeset: Changeset,
  context: CommandContext,
  args: CheckArgs,
): Promise<readonly ReportEntry[]> {
  const isNamed = "registry" in args && args.registry !== undefined;
  if (!args.live && !isNamed) return [];
  const { checkLive } = await import("../check-live.ts");
  return await checkLive(changeset, context, args.schemas);
}

/** What the rules allow, and real data does not survive. */
async function lookAtRecords(
  changeset: Changeset,
  context: CommandContext,
  { sample: topic, subject, last = defaultLast, schemas }: CheckArgs,
): Promise<readonly ReportEntry[]> {
  if (topic === undefined) return [];
  const { checkSample } = await import("../check-sample.ts");
  return await checkSample(changeset, context, { topic, subject, last, schemas });
}
