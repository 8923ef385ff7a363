/**
 * What the commands that look at a folder of schemas share: their flags, the way to the changeset, and the report.
 */
import { resolve } from "node:path";
import type { Changeset } from "../changeset/model.ts";
import type { ReportEntry, ReportFormat } from "../changeset/report.ts";
import { ConfigError } from "../config/load-config.ts";
import { neutralize } from "../render/neutralize.ts";
import { exitCodes } from "./exit-codes.ts";
import { type Host, writeAll } from "./host.ts";
import { readPackageVersion } from "./package-root.ts";
import { readSchemaFolder } from "./read-schema-folder.ts";

export const folderOption = {
  schemas: {
    type: "string",
    default: "schemas",
    requiresArg: true,
    describe: "folder with subjects.json, lock.json and <record>/vN.avsc",
  },
} as const;

export const reportOptions = {
  ...folderOption,
  format: {
    // Those of ReportFormat; the room itself is loaded when a command runs.
    choices: ["text", "json", "github", "markdown", "sarif", "junit"] satisfies readonly ReportFormat[],
    default: "text",
    requiresArg: true,
    describe: "how findings are printed; github makes annotations in a workflow",
  },
  "fail-on-warning": {
    type: "boolean",
    default: false,
    describe: "end with 3 for warnings, too",
  },
} as const;

export interface ReportArgs {
  readonly schemas: string;
  readonly format: ReportFormat;
  readonly "fail-on-warning": boolean;
}

/** Throws UsageError or ConfigError with everything that keeps the folder from being read. */
export async function openSchemaFolder(host: Host, shown: string): Promise<Changeset> {
  const { openChangeset } = await import("../changeset/model.ts");
  const folder = shown.replaceAll("\\", "/").replace(/(?<=.)\/+$/, "");
  return openChangeset(await readSchemaFolder(resolve(host.cwd, shown), shown), folder);
}

/**
 * Opens the folder, prints what `find` finds in it, and gives the exit code. A folder that cannot be read is reported
 * in the format asked for, too, so that it gets its annotations; then the error goes on its way.
 */
export async function runReport(
  host: Host,
  args: ReportArgs,
  find: (changeset: Changeset) => Promise<readonly ReportEntry[]>,
): Promise<number> {
  const { printReport } = await import("../changeset/report.ts");
  const print = async (entries: readonly ReportEntry[], checked: readonly string[]) => {
    const facts = { checked, toolVersion: readPackageVersion() };
    const text = printReport(entries, args.format, facts);
    await writeAll(host.stdout, neutralize(text, { keepLines: true }));
  };
  let changeset: Changeset;
  try {
    changeset = await openSchemaFolder(host, args.schemas);
  } catch (error) {
    const entries = args.format === "text" ? [] : describeProblems(error, args.schemas);
    if (entries.length > 0) await print(entries, []);
    throw error;
  }
  const { listChecked } = await import("../changeset/check.ts");
  const entries = await find(changeset);
  await print(entries, listChecked(changeset));
  const failing = args["fail-on-warning"] ? ["error", "warning"] : ["error"];
  return entries.some(({ severity }) => failing.includes(severity)) ? exitCodes.schema : exitCodes.ok;
}

function describeProblems(error: unknown, folder: string): readonly ReportEntry[] {
  if (!(error instanceof ConfigError) || !Array.isArray(error.details.problems)) return [];
  const problems = error.details.problems as readonly Pick<
    ReportEntry,
    "file" | "line" | "column" | "path" | "message"
  >[];
  return problems.map((problem) => ({
    ...problem,
    severity: "error",
    rule: "invalid-schema",
    file: `${folder.replace(/(?<=.)\/+$/, "")}/${problem.file}`,
    subject: null,
  }));
}
