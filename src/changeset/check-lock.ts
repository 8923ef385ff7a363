/**
 * Where a folder and its lock disagree. A released version never changes; only what was not released may.
 */
import { branchName } from "../avro/model.ts";
import { pointerOf } from "./folder-file.ts";
import { computeVerdict, describeVersion, type LockedRecord, type LockedVersion } from "./lock.ts";
import type { Changeset, ChangesetRecord, VersionFile } from "./model.ts";

export interface LockFinding {
  readonly kind:
    | "released-changed"
    | "released-removed"
    | "version-gap"
    | "not-locked"
    | "unreleased"
    | "lock-verdict";
  readonly record: string;
  /** Relative to the folder: the version's file, or lock.json where it is about what stands there. */
  readonly file: string;
  /** JSON pointer in the file; "" is the whole. */
  readonly path: string;
  readonly message: string;
}

export interface LockCheckOptions {
  /** Compute the verdicts between released versions and the fingerprints anew, and compare. */
  readonly recomputes: boolean;
}

const none: LockedRecord = { versions: [], verdicts: [] };

/** `unreleased` is no fault, but what a changeset is about; `release` mends nothing else. */
export function checkLock(
  { lock, records }: Pick<Changeset, "lock" | "records">,
  { recomputes }: LockCheckOptions = { recomputes: false },
): LockFinding[] {
  const byName = new Map(records.map((record) => [record.record, record]));
  const names = [...new Set([...lock.records.keys(), ...byName.keys()])].sort();
  return names.flatMap((name) => {
    const record = byName.get(name) ?? { record: name, versions: [] };
    const locked = lock.records.get(name) ?? none;
    return [
      ...checkReleased(record, locked, recomputes),
      ...checkNumbers(record, locked),
      ...(recomputes ? checkVerdicts(record, locked) : []),
    ];
  });
}

/** True when the text that a registry keeps is still the one that was released. */
function isUnchanged(found: VersionFile, old: LockedVersion, recomputes: boolean): boolean {
  if (!recomputes)
    return found.isIntact || (found.content === old.sha256 && branchName(found.schema) === old.name);
  const { name, sha256, fingerprint } = describeVersion(found);
  return name === old.name && sha256 === old.sha256 && fingerprint === old.fingerprint;
}

function checkReleased(
  { record, versions }: ChangesetRecord,
  locked: LockedRecord,
  recomputes: boolean,
): LockFinding[] {
  return locked.versions.flatMap((old, index): LockFinding[] => {
    const found = versions.find(({ version }) => version === old.version);
    if (found === undefined) {
      const message = `${record}/v${old.version}.avsc was released and is gone: put the file back`;
      const path = pointerOf(["records", record, "versions", index]);
      return [{ kind: "released-removed", record, file: "lock.json", path, message }];
    }
    if (isUnchanged(found, old, recomputes)) return [];
    const next = Math.max(...versions.map(({ version }) => version)) + 1;
    const message = `version ${old.version} was released and has been edited since: take the edit back, and make it ${record}/v${next}.avsc`;
    return [{ kind: "released-changed", record, file: found.path, path: "", message }];
  });
}

function checkNumbers({ record, versions }: ChangesetRecord, locked: LockedRecord): LockFinding[] {
  const newest = locked.versions.at(-1)?.version ?? 0;
  const findings = versions
    .filter(({ isReleased }) => !isReleased)
    .map(({ version, path }): LockFinding => {
      if (version < newest) {
        const message = `version ${version} is not in lock.json, but version ${newest} is: a version comes after those released`;
        return { kind: "not-locked", record, file: path, path: "", message };
      }
      const message = `version ${version} is not released yet: \`birdwire schemas release\` adds it to lock.json`;
      return { kind: "unreleased", record, file: path, path: "", message };
    });
  const numbers = new Set([...versions, ...locked.versions].map(({ version }) => version));
  const gap = versions.find(({ version }) => version > 1 && !numbers.has(version - 1));
  if (gap !== undefined) {
    const message = `versions are numbered from 1 without gaps: there is no ${record}/v${gap.version - 1}.avsc`;
    findings.push({ kind: "version-gap", record, file: gap.path, path: "", message });
  }
  return findings;
}

function checkVerdicts({ record, versions }: ChangesetRecord, locked: LockedRecord): LockFinding[] {
  const byNumber = new Map(versions.map((version) => [version.version, version]));
  return locked.verdicts.flatMap((old, index): LockFinding[] => {
    const [reader, writer] = [byNumber.get(old.reader), byNumber.get(old.writer)];
    if (reader === undefined || writer === undefined) return [];
    const now = computeVerdict(reader, writer);
    if (now.broken.join() === old.broken.join()) return [];
    const message = `v${old.reader} reading v${old.writer} broke [${old.broken}] when it was released, and breaks [${now.broken}] now`;
    const path = pointerOf(["records", record, "verdicts", index]);
    return [{ kind: "lock-verdict", record, file: "lock.json", path, message }];
  });
}
