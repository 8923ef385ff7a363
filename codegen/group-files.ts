/**
 * Which files make one module: a file by itself, or a folder of versions (`name/v1.avsc`, `name/v2.avsc`, ...).
 */
import { AvroError } from "../src/avro/error.ts";

export interface SchemaFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface PendingFile extends SchemaFile {
  readonly version: number | null;
}

export interface FileGroup {
  readonly key: string;
  /** Newest first; never empty. */
  readonly files: readonly [PendingFile, ...PendingFile[]];
}

export interface Problem {
  readonly path: string;
  readonly error: AvroError;
}

/** In the order of their keys; what cannot stand beside another file is told in `problems`. */
export function groupFiles(files: readonly SchemaFile[], problems: Problem[]): FileGroup[] {
  const groups = new Map<string, [PendingFile, ...PendingFile[]]>();
  for (const file of files) {
    const match = /^(?:(.*)\/)?([^/]+)\.avsc$/.exec(file.path);
    if (match === null) continue;
    const [, folder, base = ""] = match;
    const number = folder === undefined ? null : /^v([1-9][0-9]{0,8})$/.exec(base)?.[1];
    const version = number === null || number === undefined ? null : Number(number);
    const key = version !== null && folder !== undefined ? folder : file.path.slice(0, -".avsc".length);
    const pending = { ...file, version };
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [pending]);
    } else if ((group[0].version === null) !== (version === null)) {
      const error = refusal(`both this file and ${group[0].path} would become ${key}.ts`);
      problems.push({ path: file.path, error });
    } else {
      group.push(pending);
    }
  }
  for (const [key, group] of groups) {
    for (const { path, version } of group) {
      const taken = version === null ? undefined : groups.get(`${key}/v${version}`);
      if (taken === undefined) continue;
      const error = refusal(`both this file and ${taken[0].path} would become ${key}/v${version}.ts`);
      problems.push({ path, error });
    }
  }
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, group]) => {
      group.sort((left, right) => (right.version ?? 0) - (left.version ?? 0));
      return { key, files: group };
    });
}

/** The modules that a group becomes, relative to the output folder: the newest version's first. */
export function moduleNamesOf({ key, files }: FileGroup): string[] {
  const numbers = files.flatMap(({ version }) => (version === null ? [] : [version])).reverse();
  return [`${key}.ts`, ...numbers.map((number) => `${key}/v${number}.ts`)];
}

/** A schema that cannot be taken, for a reason that is a sentence. */
export function refusal(reason: string): AvroError {
  return new AvroError("invalid-schema", reason, { details: { reason } });
}
