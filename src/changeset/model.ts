/**
 * A folder of schemas as a changeset: each subject with all its versions, what was released and what was not, and
 * which version of which other record defines a type that a file only names.
 */
import type { AvroSchema } from "../avro/model.ts";
import { ConfigError } from "../config/load-config.ts";
import type { CompatibilityLevel } from "../evolution/levels.ts";
import { refuseAt } from "./folder-file.ts";
import { FolderReader, type Problem } from "./folder-reader.ts";
import { locatePointer } from "./locate.ts";
import { emptyLock, type LockedReference, parseLock, type SchemaLock } from "./lock.ts";
import { parseSubjects, pointerOfSubject } from "./subjects.ts";

export interface SchemaFile {
  /** Relative to the folder, with forward slashes: `tweet/v1.avsc`. */
  readonly path: string;
  readonly text: string;
}

/** A registry reference: the types of that version may be used by name. */
export interface VersionReference {
  /** Full name of the type. */
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface VersionFile {
  readonly version: number;
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Types of other records are in it, as if they were written here. Read when it is asked for, if `isIntact`. */
  readonly schema: AvroSchema;
  /** Equal for schemas that differ in nothing that a registry keeps. */
  readonly content: string;
  /** What it uses of other records directly, in the order of their use. */
  readonly references: readonly VersionReference[];
  /** The same by folder, as the lock keeps it. */
  readonly uses: readonly LockedReference[];
  /** In the lock. */
  readonly isReleased: boolean;
  /** To the byte what was released, and so is all that it uses: nobody needs to look into it again. */
  readonly isIntact: boolean;
}

export interface ChangesetRecord {
  /** The folder. */
  readonly record: string;
  /** Oldest first; never empty. */
  readonly versions: readonly VersionFile[];
}

export interface ChangesetSubject extends ChangesetRecord {
  readonly subject: string;
  readonly topic: string;
  readonly level: CompatibilityLevel;
}

export interface Changeset {
  /** As it is shown to people. */
  readonly folder: string;
  /** In the order of subjects.json. */
  readonly subjects: readonly ChangesetSubject[];
  /** Every record of the folder, filed under a subject or not, by name. */
  readonly records: readonly ChangesetRecord[];
  readonly lock: SchemaLock;
  /** Of lock.json; empty where there is none. */
  readonly lockText: string;
  /** Files ending in .avsc that are no version of a record. */
  readonly strays: readonly string[];
}

const versionPath = /^(.+)\/v([1-9][0-9]{0,8})\.avsc$/;

/**
 * Pure. Throws ConfigError `invalid-config` with a line for each file that is wrong: its path, line and column, and
 * what is wrong (`details.problems` has the same as data).
 */
export function openChangeset(files: readonly SchemaFile[], shownFolder: string): Changeset {
  const list = files.find(({ path }) => path === "subjects.json");
  if (list === undefined) {
    throw new ConfigError("invalid-config", `there is no subjects.json in ${shownFolder}`);
  }
  const entries = parseSubjects(list.text, `${shownFolder}/subjects.json`);
  const lockFile = files.find(({ path }) => path === "lock.json");
  const lock = lockFile === undefined ? emptyLock : parseLock(lockFile.text, `${shownFolder}/lock.json`);

  const subjectOf = new Map<string, string>();
  const seen = new Set<string>();
  for (const [index, { subject, record }] of entries.entries()) {
    if (seen.has(subject)) {
      const file = { text: list.text, path: `${shownFolder}/subjects.json` };
      const steps = ["subjects", index, "subject"];
      throw refuseAt(file, steps, `the subject ${JSON.stringify(subject)} is there twice`);
    }
    seen.add(subject);
    if (!subjectOf.has(record)) subjectOf.set(record, subject);
  }

  const { pending, strays } = sortFiles(files);
  const reader = new FolderReader(pending, lock, subjectOf);
  const records = reader.readAll();
  const byName = new Map(records.map((record) => [record.record, record]));
  const problems: Problem[] = [...reader.problems];
  const subjects = entries.flatMap((entry, index): ChangesetSubject[] => {
    const { subject, topic, record, compatibility } = entry;
    const found = byName.get(record);
    if (found !== undefined) return [{ ...found, subject, topic, level: compatibility }];
    if (!pending.has(record)) {
      const message = `there is no ${record}/v1.avsc for the subject ${subject}`;
      const path = pointerOfSubject(index, "record");
      problems.push({ file: "subjects.json", ...locatePointer(list.text, path), path, message });
    }
    return [];
  });
  if (problems.length > 0) throw describeProblems(problems, shownFolder);
  return { folder: shownFolder, subjects, records, lock, lockText: lockFile?.text ?? "", strays };
}

function sortFiles(files: readonly SchemaFile[]) {
  const pending = new Map<
    string,
    { readonly version: number; readonly path: string; readonly text: string }[]
  >();
  const strays: string[] = [];
  for (const { path, text } of files) {
    const [, record, number] = versionPath.exec(path) ?? [];
    if (record !== undefined) {
      const versions = pending.get(record) ?? [];
      versions.push({ version: Number(number), path, text });
      pending.set(record, versions);
    } else if (path.endsWith(".avsc")) strays.push(path);
  }
  for (const versions of pending.values()) versions.sort((left, right) => left.version - right.version);
  return { pending, strays: strays.sort() };
}

function describeProblems(problems: readonly Problem[], folder: string): ConfigError {
  const lines = problems.map(
    ({ file, line, column, message }) => `${folder}/${file}:${line}:${column}: ${message}`,
  );
  return new ConfigError("invalid-config", lines.join("\n"), { details: { problems } });
}
