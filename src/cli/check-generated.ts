/**
 * The part of `schemas check` about generated code: is it what the schemas say?
 */
import { join, resolve } from "node:path";
import { AvroError } from "../avro/error.ts";
import { locatePointer } from "../changeset/locate.ts";
import type { ReportEntry } from "../changeset/report.ts";
import type { CommandContext } from "./command.ts";
import { conventionalFolder, describeStale, readGenerated, readOptions } from "./generated-folder.ts";
import { readSchemaFolder, type SchemaFile } from "./read-schema-folder.ts";
import { shownFolder } from "./schema-reports.ts";

/** The folder named, or the one where a project has it; there only if it was generated from these very schemas. */
export async function checkGenerated(
  { host, config }: CommandContext,
  schemas: string,
): Promise<readonly ReportEntry[]> {
  const { generated, codegenRuntime, codegenImportExtension } = config;
  if (generated === "off") return [];
  const shown = generated ?? conventionalFolder(schemas);
  const folder = resolve(host.cwd, shown);
  const files = await readSchemaFolder(resolve(host.cwd, schemas), schemas);
  const options = readOptions(folder, files);
  if (generated === undefined && options === null) return [];
  try {
    const found = await readGenerated(folder, files, {
      ...options,
      ...(codegenRuntime !== undefined && { runtime: codegenRuntime }),
      ...(codegenImportExtension !== undefined && { importExtension: codegenImportExtension }),
    });
    return [
      ...found.files.flatMap((file) => {
        const fault = describeStale(file);
        if (fault === null) return [];
        return [stale(shown, file.fileName, (name) => `${name} ${fault}: run \`birdwire codegen\` again`)];
      }),
      ...found.strays.map((path) =>
        stale(
          shown,
          path,
          (name) => `${name} was generated, and no schema stands for it any more: delete it`,
        ),
      ),
    ];
  } catch (error) {
    if (!(error instanceof AvroError) || !Array.isArray(error.details.problems)) throw error;
    return (error.details.problems as readonly SchemaProblem[]).map((problem) =>
      refused(shownFolder(schemas), files, problem),
    );
  }
}

function stale(folder: string, name: string, message: (file: string) => string): ReportEntry {
  const file = join(folder, name).replaceAll("\\", "/");
  return entry({ file, line: 1, column: 1, path: "" }, message(file));
}

interface SchemaProblem {
  readonly file: string;
  readonly reason?: string;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A schema that no code can be generated for, though a registry would take it. */
function refused(
  folder: string,
  files: readonly SchemaFile[],
  { file, reason, path = "", line, column }: SchemaProblem,
): ReportEntry {
  const text = files.find((candidate) => candidate.path === file)?.text ?? "";
  const place = line === undefined ? locatePointer(text, path) : { line, column: column ?? 1 };
  return entry({ file: `${folder}/${file}`, ...place, path }, `no code can be generated: ${reason}`);
}

function entry(place: Pick<ReportEntry, "file" | "line" | "column" | "path">, message: string): ReportEntry {
  return { ...place, severity: "error", rule: "stale-generated", subject: null, message };
}
