/**
 * schemas/lock.json: what each released schema version is, and which reads which. `node tools/schema-lock.ts` compares
 * it with the folder; `--write` adds what is new, and never changes what is there.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toSchemaText } from "../src/avro/canonical.ts";
import { fingerprintOf } from "../src/avro/fingerprint.ts";
import { type AvroSchema, branchName } from "../src/avro/model.ts";
import { parseSchemaText } from "../src/avro/parse-schema.ts";
import { checkCompatibility } from "../src/evolution/check-compatibility.ts";

export interface LockedVersion {
  readonly version: number;
  readonly name: string;
  /** CRC-64-AVRO of the Parsing Canonical Form: does not see docs, defaults and aliases. */
  readonly fingerprint: string;
  /** Of the text that a registry keeps: sees everything but the layout of the file. */
  readonly sha256: string;
}

export interface LockedVerdict {
  readonly reader: number;
  readonly writer: number;
  /** Rule ids, each once, sorted; none when every value can be read. */
  readonly broken: readonly string[];
}

export interface LockedRecord {
  readonly versions: readonly LockedVersion[];
  readonly verdicts: readonly LockedVerdict[];
}

export interface SchemaLock {
  readonly records: Readonly<Record<string, LockedRecord>>;
}

export interface VersionFile {
  /** Relative to the schema folder, with forward slashes: `tweet/v1.avsc`. */
  readonly path: string;
  readonly text: string;
}

interface FolderRecord {
  readonly name: string;
  readonly versions: readonly { readonly version: number; readonly schema: AvroSchema }[];
}

const versionPath = /^(.+)\/v([1-9][0-9]*)\.avsc$/;

/** The lock that the folder calls for. @throws {AvroError} for a file that is no schema. */
export function createLock(files: readonly VersionFile[]): SchemaLock {
  const records = recordsOf(files).map(({ name, versions }): [string, LockedRecord] => [
    name,
    {
      versions: versions.map(({ version, schema }) => ({
        version,
        name: branchName(schema),
        fingerprint: fingerprintOf(schema),
        sha256: createHash("sha256").update(toSchemaText(schema)).digest("hex"),
      })),
      verdicts: versions.flatMap((reader) =>
        versions
          .filter((writer) => writer.version !== reader.version)
          .map((writer) => ({
            reader: reader.version,
            writer: writer.version,
            broken: [
              ...new Set(
                checkCompatibility({ reader: reader.schema, writer: writer.schema }).map(({ rule }) => rule),
              ),
            ].sort(),
          })),
      ),
    },
  ]);
  return { records: Object.fromEntries(records) };
}

export interface LockFinding {
  readonly kind: "changed" | "removed" | "not-locked" | "gap" | "verdict";
  /** A version file, or a record's folder. */
  readonly path: string;
  readonly message: string;
}

/** Where folder and lock disagree. Only `not-locked` can be mended by writing the lock. */
export function checkLock(lock: SchemaLock, files: readonly VersionFile[]): LockFinding[] {
  const actual = createLock(files);
  const names = [...new Set([...Object.keys(lock.records), ...Object.keys(actual.records)])].sort();
  return names.flatMap((name) => checkRecord(name, lock.records[name], actual.records[name]));
}

function checkRecord(
  name: string,
  locked: LockedRecord = { versions: [], verdicts: [] },
  actual: LockedRecord = { versions: [], verdicts: [] },
): LockFinding[] {
  const findings: LockFinding[] = [];
  const pathOf = (version: number): string => `${name}/v${version}.avsc`;
  for (const { version, ...old } of locked.versions) {
    const found = actual.versions.find((candidate) => candidate.version === version);
    const path = pathOf(version);
    if (found === undefined) {
      findings.push({ kind: "removed", path, message: "a released version is gone: put the file back" });
    } else if (
      found.sha256 !== old.sha256 ||
      found.fingerprint !== old.fingerprint ||
      found.name !== old.name
    ) {
      findings.push({
        kind: "changed",
        path,
        message: "a released version was edited: make it the next version",
      });
    }
  }
  for (const { version } of actual.versions) {
    if (locked.versions.some((candidate) => candidate.version === version)) continue;
    const message = "the version is not in lock.json: node tools/schema-lock.ts --write";
    findings.push({ kind: "not-locked", path: pathOf(version), message });
  }
  const numbers = actual.versions.map(({ version }) => version);
  numbers.forEach((version, index) => {
    if (version === index + 1 || findings.some(({ kind }) => kind === "removed")) return;
    findings.push({
      kind: "gap",
      path: pathOf(version),
      message: `versions are numbered from 1: expected v${index + 1}`,
    });
  });
  for (const verdict of locked.verdicts) {
    const now = actual.verdicts.find(
      ({ reader, writer }) => reader === verdict.reader && writer === verdict.writer,
    );
    if (now === undefined || now.broken.join() === verdict.broken.join()) continue;
    const message = `v${verdict.reader} reading v${verdict.writer} broke [${verdict.broken}] when it was released, and breaks [${now.broken}] now`;
    findings.push({ kind: "verdict", path: name, message });
  }
  return findings;
}

function recordsOf(files: readonly VersionFile[]): FolderRecord[] {
  const records = new Map<string, { version: number; schema: AvroSchema }[]>();
  for (const { path, text } of files) {
    const match = versionPath.exec(path);
    if (match === null) continue;
    const [, name = "", number] = match;
    const versions = records.get(name) ?? [];
    versions.push({ version: Number(number), schema: parseSchemaText(text) });
    records.set(name, versions);
  }
  return [...records]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: versions.sort((left, right) => left.version - right.version),
    }));
}

/** The version files of a schema folder. */
export function readVersionFiles(folder: string): VersionFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => versionPath.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

function main(folder: string, writes: boolean): number {
  const path = join(folder, "lock.json");
  const files = readVersionFiles(folder);
  const findings = checkLock(JSON.parse(readFileSync(path, "utf8")) as SchemaLock, files).filter(
    ({ kind }) => !writes || kind !== "not-locked",
  );
  for (const finding of findings) process.stderr.write(`schemas/${finding.path}: ${finding.message}\n`);
  if (findings.length > 0) return 1;
  if (writes) writeFileSync(path, `${JSON.stringify(createLock(files), null, 2)}\n`);
  return 0;
}

if (import.meta.main) {
  const folder = fileURLToPath(new URL("../schemas", import.meta.url));
  process.exitCode = main(folder, process.argv.includes("--write"));
}
