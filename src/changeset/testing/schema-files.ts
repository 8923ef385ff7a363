/**
 * Schema folders for tests, without a disk.
 */
import type { CompatibilityLevel } from "../../evolution/levels.ts";
import { extendLock, printLock } from "../lock.ts";
import { openChangeset, type SchemaFile } from "../model.ts";

/** subjects.json with a subject for each record. */
export function subjectsFile(
  levels: readonly (readonly [record: string, level: CompatibilityLevel])[],
): SchemaFile {
  const subjects = levels.map(([record, compatibility]) => ({
    subject: `${record}-value`,
    topic: record,
    record,
    compatibility,
  }));
  return { path: "subjects.json", text: JSON.stringify({ subjects }) };
}

/** A record as a file with a line for each attribute. */
export function recordFile(
  path: string,
  name: string,
  fields: readonly object[],
  more: object = {},
): SchemaFile {
  return {
    path,
    text: JSON.stringify({ type: "record", name, namespace: "ex", fields, ...more }, null, 2),
  };
}

/** The files and a lock in which they are all released. */
export function released(files: readonly SchemaFile[]): SchemaFile[] {
  const others = files.filter(({ path }) => path !== "lock.json");
  const { lock, records } = openChangeset(files, "schemas");
  return [...others, { path: "lock.json", text: printLock(extendLock(lock, records)) }];
}
