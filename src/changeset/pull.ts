/**
 * A registry's subjects as a folder of schemas: version files numbered from 1, subjects.json, and the lock, since what
 * a registry has is released. Pure. Names of folders are made of subjects' names, and lead nowhere else.
 */
import { type AvroSchema, fullNameText, isNamed } from "../avro/model.ts";
import { ConfigError } from "../config/load-config.ts";
import { type CompatibilityLevel, defaultLevel, parseCompatibilityLevel } from "../evolution/levels.ts";
import { emptyLock, extendLock, type LockedReference, printLock, type ReleasableVersion } from "./lock.ts";
import { type Changeset, openChangeset, type SchemaFile, type VersionFile } from "./model.ts";
import { contentOf, type RegistryState, type RegistryVersion, type SubjectState } from "./registry-state.ts";
import { parseOwned, type SubjectEntry } from "./subjects.ts";

export interface PulledFolder {
  /** New files, and those whose text changed. */
  readonly files: readonly SchemaFile[];
  /** What a person should know: subjects left out, numbers that differ. */
  readonly notes: readonly string[];
}

export interface ExistingFolder {
  readonly files: readonly SchemaFile[];
  readonly changeset: Changeset | null;
  /** As it is shown to people. */
  readonly shown: string;
}

/**
 * What has to be written for the folder to hold what the registry does. Throws ConfigError `invalid-config` where the
 * folder has another schema under a number, or could not be read afterwards.
 */
export function pullFolder(state: RegistryState, existing: ExistingFolder): PulledFolder {
  const notes: string[] = [];
  const readable = [...state.subjects.values()].filter((subject) => canBePulled(subject, state, notes));
  const named = nameRecords(readable, existing.changeset, state);
  const entries = leaveOutClashes(named, existing.changeset, notes);
  const files: SchemaFile[] = [];
  const records = new Map<string, readonly FiledAs[]>();
  for (const { record, subject, versions } of entries) {
    if (records.has(record)) continue;
    const filed = versions.map((version, index): FiledAs => {
      const path = `${record}/v${index + 1}.avsc`;
      if (version.version !== index + 1) {
        notes.push(`${subject} version ${version.version} becomes ${path}: files are numbered without gaps`);
      }
      const file = findFile(existing.changeset, record, index + 1);
      const text = file?.text ?? layOut(version.schemaText);
      if (file === null) files.push({ path, text });
      else if (contentOf(file.schema) !== version.content) {
        const message = `${existing.shown}/${path} is another schema than version ${version.version} of ${subject} in the registry: move it away, or give it the next number`;
        throw new ConfigError("invalid-config", message);
      }
      return { ...version, text };
    });
    records.set(record, filed);
  }
  files.push(...changed(existing, "subjects.json", printSubjects(entries, existing)));
  const lock = extendLock(existing.changeset?.lock ?? emptyLock, releasable(records, entries));
  files.push(...changed(existing, "lock.json", printLock(lock)));
  // Before anything is written: what could not be read again is not left behind.
  const paths = new Set(files.map(({ path }) => path));
  openChangeset([...existing.files.filter(({ path }) => !paths.has(path)), ...files], existing.shown);
  return { files, notes };
}

interface PulledSubject extends SubjectEntry {
  readonly versions: readonly RegistryVersion[];
}

interface FiledAs extends RegistryVersion {
  /** Of its file. */
  readonly text: string;
}

function canBePulled(
  { subject, versions }: SubjectState,
  { subjects }: RegistryState,
  notes: string[],
): boolean {
  const unread = versions.find(({ schema }) => schema === null);
  if (unread !== undefined) {
    notes.push(`${subject} is left out: version ${unread.version}: ${unread.problem}`);
    return false;
  }
  for (const { version, references } of versions) {
    const missing = references.find(
      (use) => !subjects.get(use.subject)?.versions.some((other) => other.version === use.version),
    );
    if (missing === undefined) continue;
    notes.push(
      `${subject} is left out: version ${version} refers to ${missing.subject} version ${missing.version}, which is deleted`,
    );
    return false;
  }
  return versions.length > 0;
}

/** Subjects with the same schemas share a folder, since a full name belongs to one. */
function nameRecords(
  subjects: readonly SubjectState[],
  changeset: Changeset | null,
  state: RegistryState,
): readonly PulledSubject[] {
  const taken = new Set((changeset?.records ?? []).map(({ record }) => record.toLowerCase()));
  const byContent = new Map<string, string>();
  return subjects.map(({ subject, ownLevel, versions }): PulledSubject => {
    const known = changeset?.subjects.find((entry) => entry.subject === subject);
    const content = versions.map((version) => version.content).join("\n");
    const record = known?.record ?? byContent.get(content) ?? freeName(subject, taken);
    byContent.set(content, record);
    taken.add(record.toLowerCase());
    return {
      subject,
      topic: known?.topic ?? topicOf(subject),
      record,
      compatibility: levelOf(ownLevel ?? state.levelOfAll),
      versions,
    };
  });
}

/** A full name belongs to one record: whoever has it differently from one before it is left out, and who refers to it. */
function leaveOutClashes(
  entries: readonly PulledSubject[],
  changeset: Changeset | null,
  notes: string[],
): readonly PulledSubject[] {
  const owners = new Map<string, string>();
  for (const { record, versions } of changeset?.records ?? []) {
    const name = nameOf(versions.at(-1)?.schema ?? null);
    if (name !== null) owners.set(name, record);
  }
  const holders = new Map<string, string>();
  const left = new Set<string>();
  for (const { subject, record, versions } of entries) {
    const name = nameOf(versions.at(-1)?.schema ?? null);
    if (name === null) continue;
    const owner = owners.get(name) ?? record;
    if (owner === record) {
      owners.set(name, record);
      holders.set(name, subject);
      continue;
    }
    left.add(subject);
    const other = holders.get(name) ?? `${owner}/`;
    notes.push(
      `${subject} is left out: it has other versions of ${name} than ${other}, and a full name belongs to one record; \`birdwire schemas pull ${subject} --schemas FOLDER\` fetches it into a folder of its own`,
    );
  }
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const { subject, versions } of entries) {
      if (left.has(subject)) continue;
      const use = versions.flatMap(({ references }) => references).find((each) => left.has(each.subject));
      if (use === undefined) continue;
      left.add(subject);
      notes.push(`${subject} is left out: it refers to ${use.subject}, which is`);
    }
  }
  return entries.filter(({ subject }) => !left.has(subject));
}

function nameOf(schema: AvroSchema | null): string | null {
  return schema !== null && isNamed(schema) ? fullNameText(schema.fullName) : null;
}

/** A guess, by the usual names of subjects; a person may correct it. */
function topicOf(subject: string): string {
  return /^(?::[^:]*:)?(.+?)(?:-(?:value|key))?$/.exec(subject)?.[1] ?? subject;
}

function levelOf(name: string): CompatibilityLevel {
  return parseCompatibilityLevel(name) ?? defaultLevel;
}

/** Letters, digits, `.`, `_` and `-`, not dots alone, and no two that differ in their case alone. */
function freeName(subject: string, taken: ReadonlySet<string>): string {
  const plain = subject.replace(/-value$/, "").replaceAll(/[^A-Za-z0-9._-]+/g, "-");
  const trimmed = plain
    .replace(/^[.-]+/, "")
    .replace(/[.-]+$/, "")
    .slice(0, 100);
  const name = trimmed === "" ? "subject" : trimmed;
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}

function releasable(records: ReadonlyMap<string, readonly FiledAs[]>, entries: readonly PulledSubject[]) {
  const places = new Map<string, LockedReference>();
  for (const { subject, record, versions } of entries) {
    versions.forEach(({ version }, index) => {
      places.set(`${version} ${subject}`, { name: "", record, version: index + 1 });
    });
  }
  return [...records].map(([record, versions]) => ({
    record,
    versions: versions.flatMap(({ schema, references, text }, index): ReleasableVersion[] => {
      if (schema === null) return [];
      const uses = references.flatMap(({ name, subject, version }): LockedReference[] => {
        const place = places.get(`${version} ${subject}`);
        return place === undefined ? [] : [{ ...place, name }];
      });
      return [{ version: index + 1, schema, uses, text }];
    }),
  }));
}

function printSubjects(
  entries: readonly PulledSubject[],
  { files, changeset, shown }: ExistingFolder,
): string {
  const list = files.find(({ path }) => path === "subjects.json");
  const owns = list === undefined ? [] : parseOwned(list.text, `${shown}/subjects.json`);
  const pulled = new Map(entries.map((entry) => [entry.subject, entry]));
  const kept = (changeset?.subjects ?? []).map(({ subject, topic, record, level }): SubjectEntry => {
    const compatibility = pulled.get(subject)?.compatibility ?? level;
    return { subject, topic, record, compatibility };
  });
  const known = new Set(kept.map(({ subject }) => subject));
  const added = entries
    .filter(({ subject }) => !known.has(subject))
    .map(({ subject, topic, record, compatibility }) => ({ subject, topic, record, compatibility }));
  const json = { ...(owns.length > 0 && { owns }), subjects: [...kept, ...added] };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function findFile(changeset: Changeset | null, record: string, version: number): VersionFile | null {
  const found = changeset?.records.find((candidate) => candidate.record === record);
  return found?.versions.find((file) => file.version === version) ?? null;
}

function changed(existing: ExistingFolder, path: string, text: string): readonly SchemaFile[] {
  return existing.files.some((file) => file.path === path && file.text === text) ? [] : [{ path, text }];
}

function layOut(text: string): string {
  return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
}
