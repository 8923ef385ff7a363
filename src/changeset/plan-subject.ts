/**
 * One subject of a folder next to the same subject of a registry: what is where, what differs, what to register.
 */
import type { AvroSchema } from "../avro/model.ts";
import {
  type CompatibilityLevel,
  checkLevel,
  directionsOf,
  type VersionedSchema,
} from "../evolution/levels.ts";
import { checkDefaults, checkUnseen } from "../evolution/warning.ts";
import type { ChangesetSubject, VersionFile } from "./model.ts";
import type {
  Drift,
  ExpectedAnswer,
  FiledAs,
  Registration,
  SubjectPlan,
  UnseenWarning,
} from "./plan-model.ts";
import { contentOf, type RegistryVersion, type SubjectState } from "./registry-state.ts";

/** A version that the subject has, or will have by the time. */
interface Standing {
  readonly content: string;
  /** Null where we cannot read it. */
  readonly schema: AvroSchema | null;
  /** As a message names it. */
  readonly name: string;
}

export function planSubject(entry: ChangesetSubject, state: SubjectState | undefined): SubjectPlan {
  const live = state?.versions ?? [];
  const contents = new Map(entry.versions.map((file) => [file, contentOf(file.schema)]));
  const filed = matchVersions(entry.versions, live, contents);
  const ownLevel = state?.ownLevel ?? null;
  return {
    subject: entry.subject,
    mode: null,
    level: ownLevel === entry.level ? null : { from: ownLevel, to: entry.level },
    registrations: planRegistrations(entry, live, contents, filed),
    drift: [...levelDrift(entry, ownLevel, live), ...versionDrift(entry, live, contents, filed)],
    filed: [...filed].map(([file, version]) => ({
      version: file.version,
      registryVersion: version.version,
    })) satisfies readonly FiledAs[],
  };
}

type Contents = ReadonlyMap<VersionFile, string>;
type Filed = ReadonlyMap<VersionFile, RegistryVersion>;

/**
 * Each file with the version that holds it: the first one after that of the file before, else the first of all. A
 * version belongs to one file: a file that says again what an earlier one said has none of its own.
 */
function matchVersions(
  files: readonly VersionFile[],
  live: readonly RegistryVersion[],
  contents: Contents,
): Filed {
  const filed = new Map<VersionFile, RegistryVersion>();
  let last = 0;
  for (const file of files) {
    const taken = new Set(filed.values());
    const same = live.filter((version) => version.content === contents.get(file) && !taken.has(version));
    const found = same.find(({ version }) => version > last) ?? same[0];
    if (found === undefined) continue;
    filed.set(file, found);
    last = Math.max(last, found.version);
  }
  return filed;
}

function planRegistrations(
  entry: ChangesetSubject,
  live: readonly RegistryVersion[],
  contents: Contents,
  filed: Filed,
): readonly Registration[] {
  const standing: Standing[] = live.map(({ content, schema, version }) => ({
    content,
    schema,
    name: `version ${version}`,
  }));
  const lastFiled = entry.versions.findLastIndex((file) => filed.has(file));
  let blocker: string | null = null;
  return entry.versions.flatMap((file, index): Registration[] => {
    if (filed.has(file)) return [];
    const content = contents.get(file) ?? "";
    const latest = standing.at(-1);
    const same = standing.find((version) => version.content === content);
    // What is older than a version that is there cannot be put before it any more: that is drift.
    if (same === undefined && index < lastFiled) return [];
    const answer = ((): ExpectedAnswer => {
      if (blocker !== null) return { kind: "blocked", by: blocker };
      if (same !== undefined) return { kind: "no-op", sameAs: same.name, latest: latest?.name ?? same.name };
      return judge(entry, file, standing);
    })();
    if (answer.kind === "incompatible") blocker = file.path;
    const warnings =
      answer.kind === "new-version" ? warn(file.schema, latest?.schema ?? null, entry.level) : [];
    if (answer.kind === "new-version") standing.push({ content, schema: file.schema, name: file.path });
    const { version, path, text, schema, references } = file;
    return [{ subject: entry.subject, version, path, text, schema, references, answer, warnings }];
  });
}

/** What the registry lets through, from the version before it to this one. */
function warn(
  newer: AvroSchema,
  older: AvroSchema | null,
  level: CompatibilityLevel,
): readonly UnseenWarning[] {
  const unseen = older === null ? [] : checkUnseen({ newer, older, directions: directionsOf(level) });
  return [...unseen, ...checkDefaults(newer)];
}

/** As the registry will, under the level that the folder says: it is set first. */
function judge(entry: ChangesetSubject, file: VersionFile, standing: readonly Standing[]): ExpectedAnswer {
  const earlier = standing.flatMap(({ schema }, index): VersionedSchema[] =>
    schema === null ? [] : [{ version: index, schema }],
  );
  const verdict = checkLevel(entry.level, file.schema, earlier);
  if (verdict.kind === "compatible") return { kind: "new-version" };
  return {
    kind: "incompatible",
    messages: [],
    conflicts: verdict.conflicts.map(({ version, findings }) => ({
      earlier: standing[version]?.name ?? `version ${version}`,
      findings,
    })),
  };
}

function levelDrift(
  { subject, level }: ChangesetSubject,
  ownLevel: string | null,
  live: readonly RegistryVersion[],
): readonly Drift[] {
  if (ownLevel === level || (ownLevel === null && live.length === 0)) return [];
  const message =
    ownLevel === null
      ? `the subject has no level of its own in the registry, and the folder says ${level}`
      : `the level in the registry is ${ownLevel}, and the folder says ${level}`;
  return [{ kind: "level", subject, path: "subjects.json", message }];
}

function versionDrift(
  { subject, versions: files }: ChangesetSubject,
  live: readonly RegistryVersion[],
  contents: Contents,
  filed: Filed,
): readonly Drift[] {
  const drift: Drift[] = [];
  const matched = new Set(filed.values());
  const differing = new Set<VersionFile>();
  for (const version of live) {
    if (matched.has(version)) continue;
    if (version.problem !== null) {
      const message = `version ${version.version} of the registry cannot be compared: ${version.problem}`;
      drift.push({ kind: "unreadable-version", subject, path: "subjects.json", message });
      continue;
    }
    const file = files.find((candidate) => candidate.version === version.version && !filed.has(candidate));
    if (file === undefined) {
      const message = `the registry has version ${version.version} (id ${version.id}), which is no file of the folder: \`birdwire schemas pull\` fetches it`;
      drift.push({ kind: "extra-version", subject, path: "subjects.json", message });
    } else {
      differing.add(file);
      const message = `version ${version.version} of the registry (id ${version.id}) is another schema than this file`;
      drift.push({ kind: "different-version", subject, path: file.path, message });
    }
  }
  const lastFiled = files.findLastIndex((file) => filed.has(file));
  let last: { readonly path: string; readonly number: number } | null = null;
  for (const [index, file] of files.entries()) {
    const found = filed.get(file);
    if (found === undefined) {
      const isRepeated = files
        .slice(0, index)
        .some((earlier) => contents.get(earlier) === contents.get(file));
      if (index < lastFiled && !isRepeated && !differing.has(file)) {
        const message =
          "the registry lacks this version and has a later one: it was deleted there, or never registered, and cannot be put before the later one";
        drift.push({ kind: "missing-version", subject, path: file.path, message });
      }
      continue;
    }
    if (last !== null && found.version < last.number) {
      const message = `the registry has it as version ${found.version}, before ${last.path}, which is version ${last.number} there`;
      drift.push({ kind: "order", subject, path: file.path, message });
    } else last = { path: file.path, number: found.version };
  }
  return drift;
}
