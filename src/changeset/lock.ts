/**
 * `schemas/lock.json`: what each released version is, which types of other records it was released with, and which
 * version reads which. Append-only: nothing that is in it ever changes.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { toSchemaText } from "../avro/canonical.ts";
import { fingerprintOf } from "../avro/fingerprint.ts";
import { type AvroSchema, branchName } from "../avro/model.ts";
import type { ConfigError } from "../config/load-config.ts";
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { type FolderFile, parseFolderFile, refuseAt } from "./folder-file.ts";

const versionNumber = z.int().min(1);

const referenceSchema = z.strictObject({
  /** Full name of the type that is used. */
  name: z.string(),
  /** Folder of the record that defines it. */
  record: z.string(),
  version: versionNumber,
});

const versionSchema = z.strictObject({
  version: versionNumber,
  name: z.string(),
  /** CRC-64-AVRO of the Parsing Canonical Form: does not see docs, defaults and aliases. */
  fingerprint: z.string(),
  /** Of the text that a registry keeps: sees everything but the layout of the file. */
  sha256: z.string(),
  /** Of the file as it was: one that still has it need not be read. Locks of before have none. */
  fileSha256: z.string().optional(),
  references: z.array(referenceSchema).optional(),
});

const verdictSchema = z.strictObject({
  reader: versionNumber,
  writer: versionNumber,
  /** Rule ids, each once, sorted; none when every value can be read. */
  broken: z.array(z.string()),
});

const recordSchema = z.strictObject({
  versions: z.array(versionSchema),
  verdicts: z.array(verdictSchema),
});

export type LockedReference = z.output<typeof referenceSchema>;
export type LockedVersion = z.output<typeof versionSchema>;
export type LockedVerdict = z.output<typeof verdictSchema>;
export type LockedRecord = z.output<typeof recordSchema>;

export interface SchemaLock {
  /** By the record's folder. A Map, since a folder may be called `constructor`. */
  readonly records: ReadonlyMap<string, LockedRecord>;
}

export const emptyLock: SchemaLock = { records: new Map() };

/** Throws ConfigError `invalid-config` that names `path` and the line in it. */
export function parseLock(text: string, path: string): SchemaLock {
  const json = parseFolderFile({ text, path });
  const outer = z.strictObject({ records: z.looseObject({}) }).safeParse(json);
  if (!outer.success) throw refuse({ text, path }, [], outer.error);
  // Entry by entry: zod's own records pass over the key __proto__.
  const given = (json as { readonly records: object }).records;
  const records = new Map<string, LockedRecord>();
  for (const [name, value] of Object.entries(given)) {
    const parsed = recordSchema.safeParse(value);
    if (!parsed.success) throw refuse({ text, path }, ["records", name], parsed.error);
    records.set(name, parsed.data);
  }
  return { records };
}

function refuse(file: FolderFile, at: readonly string[], error: z.ZodError): ConfigError {
  const [issue] = error.issues;
  return refuseAt(file, [...at, ...(issue?.path ?? [])], issue?.message ?? "refused");
}

/** The text of the file, records in the order of their names. */
export function printLock({ records }: SchemaLock): string {
  const sorted = [...records].sort(([left], [right]) => (left < right ? -1 : 1));
  return `${JSON.stringify({ records: Object.fromEntries(sorted) }, null, 2)}\n`;
}

export interface ReleasableVersion {
  readonly version: number;
  readonly schema: AvroSchema;
  readonly uses: readonly LockedReference[];
  /** Of its file. */
  readonly text: string;
}

/** Equal for files that are the same to the byte, the mark of the byte order left out. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Equal for schemas that differ in nothing that a registry keeps. */
export function contentHashOf(schema: AvroSchema): string {
  return hashOf(toSchemaText(schema));
}

/** What the lock says of one version. */
export function describeVersion({ version, schema, uses, text }: ReleasableVersion): LockedVersion {
  return {
    version,
    name: branchName(schema),
    fingerprint: fingerprintOf(schema),
    sha256: contentHashOf(schema),
    fileSha256: hashOf(text),
    ...(uses.length === 0 ? {} : { references: [...uses] }),
  };
}

/** What reading every other version comes to, both ways. */
export function computeVerdict(
  reader: { readonly version: number; readonly schema: AvroSchema },
  writer: { readonly version: number; readonly schema: AvroSchema },
): LockedVerdict {
  const findings = checkCompatibility({ reader: reader.schema, writer: writer.schema });
  return {
    reader: reader.version,
    writer: writer.version,
    broken: [...new Set(findings.map(({ rule }) => rule))].sort(),
  };
}

export interface ReleasableRecord {
  readonly record: string;
  readonly versions: readonly ReleasableVersion[];
}

/** The lock with every version and every hash of a file that it lacks; what else it has stays as it is. */
export function extendLock(lock: SchemaLock, folders: readonly ReleasableRecord[]): SchemaLock {
  const records = new Map(lock.records);
  for (const { record, versions } of folders) {
    const locked = lock.records.get(record) ?? { versions: [], verdicts: [] };
    const isNew = ({ version }: { readonly version: number }) =>
      !locked.versions.some((candidate) => candidate.version === version);
    const kept = locked.versions.map((old) => withFileHash(old, versions));
    const added = versions.filter(isNew).map(describeVersion);
    if (kept.length + added.length === 0) continue;
    const verdicts = versions.flatMap((reader) =>
      versions
        .filter((writer) => writer !== reader && (isNew(reader) || isNew(writer)))
        .map((writer) => computeVerdict(reader, writer)),
    );
    records.set(record, {
      versions: [...kept, ...added].sort((left, right) => left.version - right.version),
      verdicts: [...locked.verdicts, ...verdicts].sort(
        (left, right) => left.reader - right.reader || left.writer - right.writer,
      ),
    });
  }
  return { records };
}

/** The layout of a released file may change; nothing else of it. */
function withFileHash(old: LockedVersion, versions: readonly ReleasableVersion[]): LockedVersion {
  const file = versions.find(({ version }) => version === old.version);
  if (file === undefined) return old;
  const fileSha256 = hashOf(file.text);
  if (fileSha256 === old.fileSha256 || contentHashOf(file.schema) !== old.sha256) return old;
  const { references, ...rest } = old;
  return { ...rest, fileSha256, ...(references !== undefined && { references }) };
}
