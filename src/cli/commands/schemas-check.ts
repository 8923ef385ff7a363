/**
 * `birdwire schemas check`: may this folder be merged? Lock, versions, levels and generated code, offline.
 */
import type { Changeset } from "../../changeset/model.ts";
import type { ReportEntry } from "../../changeset/report.ts";
import { codegenSettings } from "../../config/settings.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { findStaleFiles } from "../find-stale-files.ts";
import { reportOptions, runReport } from "../schema-reports.ts";

const options = {
  ...reportOptions,
  recompute: {
    type: "boolean",
    default: false,
    describe: "compute the verdicts between released versions anew, and compare them with lock.json",
  },
} as const;

interface CheckArgs {
  readonly schemas: string;
  readonly recompute: boolean;
}

/** One place to look at; the report holds what all of them find. */
type Look = (
  changeset: Changeset,
  context: CommandContext,
  args: CheckArgs,
) => Promise<readonly ReportEntry[]>;

const looks: readonly Look[] = [lookAtFolder, lookAtGenerated];

export const checkCommand = defineCommand({
  name: "check",
  describe: "versions against the lock and their levels; exit 3 with every finding",
  settings: [...codegenSettings],
  options,
  examples: [
    ["check", "the folder schemas/ here"],
    ["check --generated src/generated", "the types generated from it, too"],
    ["check --format github", "each finding on its line of a pull request"],
  ],
  run(context, args) {
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
  { host, config }: CommandContext,
  { schemas }: CheckArgs,
): Promise<readonly ReportEntry[]> {
  const { generated, codegenRuntime, codegenImportExtension } = config;
  if (generated === undefined) return [];
  const stale = await findStaleFiles({
    cwd: host.cwd,
    schemas,
    out: generated,
    runtime: codegenRuntime,
    importExtension: codegenImportExtension,
  });
  return stale.map(({ file, reason }) => ({
    severity: "error",
    rule: "stale-generated",
    file,
    line: 1,
    column: 1,
    path: "",
    subject: null,
    message: `${file} ${reason}: run \`birdwire codegen\` again`,
  }));
}
