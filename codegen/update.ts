/**
 * What has to be written for an output folder to be what the schemas say. Modules whose seal holds are not made again;
 * the others are, whatever their seal says. Pure: reads and writes nothing.
 */
import { createHash } from "node:crypto";
import { findDependencies } from "./dependencies.ts";
import { type GenerateOptions, generate } from "./generate.ts";
import { type FileGroup, groupFiles, moduleNamesOf, type Problem, type SchemaFile } from "./group-files.ts";
import { normalizeOptions } from "./header.ts";
import { holdsSeal, readSeal, sealText } from "./seal.ts";

export interface UpdateOptions extends GenerateOptions {
  /** Tells this generator from every other one. Null where it is not known: then no seal is set, and none is believed. */
  readonly generator: string | null;
  /** What is in the output folder, by the names that `listModules` gives. */
  readonly current: ReadonlyMap<string, string>;
}

export interface UpdatedFile {
  /** Relative to the output folder, with forward slashes. */
  readonly fileName: string;
  /** What has to stand there. */
  readonly text: string;
  /** `resealed`: another generator or other files made the very text that is there. */
  readonly state: "current" | "resealed" | "changed" | "missing";
}

/** The modules that the files become, relative to the output folder. */
export function listModules(files: readonly SchemaFile[]): string[] {
  return groupFiles(files, []).flatMap(moduleNamesOf);
}

/** As `generate`, and each file next to what is there. Throws what `generate` throws. */
export function planUpdate(options: UpdateOptions): UpdatedFile[] {
  const { files, current, generator } = options;
  const problems: Problem[] = [];
  const groups = groupFiles(files, problems);
  const dependencies = generator === null || problems.length > 0 ? null : findDependencies(groups);
  if (dependencies === null) {
    return generate(options).map(({ fileName, text }) => compare(fileName, text, text, current));
  }
  const inputs = digestInputs(options, dependencies);
  const stale = groups.filter((group) => {
    const digest = inputs.get(group) ?? "";
    return moduleNamesOf(group).some((name) => !holdsSeal(current.get(name) ?? "", digest));
  });
  const made = generateSome(options, stale, dependencies);
  return groups.flatMap((group) =>
    moduleNamesOf(group).map((fileName): UpdatedFile => {
      const text = made.get(fileName);
      if (text === undefined) return { fileName, text: current.get(fileName) ?? "", state: "current" };
      return compare(fileName, text, sealText(text, inputs.get(group) ?? ""), current);
    }),
  );
}

/** The modules of `groups`, from their files and those that they may depend on. */
function generateSome(
  options: GenerateOptions,
  groups: readonly FileGroup[],
  dependencies: ReadonlyMap<FileGroup, readonly FileGroup[]>,
): ReadonlyMap<string, string> {
  if (groups.length === 0) return new Map();
  const needed = new Set(groups.flatMap((group) => dependencies.get(group) ?? []));
  const wanted = new Set(groups.flatMap(moduleNamesOf));
  const outputs = generate({ ...options, files: [...needed].flatMap((group) => group.files) });
  return new Map(outputs.flatMap(({ fileName, text }) => (wanted.has(fileName) ? [[fileName, text]] : [])));
}

function compare(
  fileName: string,
  text: string,
  sealed: string,
  current: ReadonlyMap<string, string>,
): UpdatedFile {
  const found = current.get(fileName);
  if (found === undefined) return { fileName, text: sealed, state: "missing" };
  if (found === sealed) return { fileName, text: sealed, state: "current" };
  return { fileName, text: sealed, state: readSeal(found).text === text ? "resealed" : "changed" };
}

/** For each group a digest of everything that decides about its modules. */
function digestInputs(
  options: UpdateOptions,
  dependencies: ReadonlyMap<FileGroup, readonly FileGroup[]>,
): ReadonlyMap<FileGroup, string> {
  const made = [options.generator, normalizeOptions(options)];
  const sources = new Map(
    [...dependencies.keys()].map((group) => [
      group,
      [group.key, ...group.files.map(({ path, text }) => [path, sha256(text)])],
    ]),
  );
  return new Map(
    [...dependencies].map(([group, needed]) => [
      group,
      sha256(JSON.stringify([made, group.key, needed.map((each) => sources.get(each))])),
    ]),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
