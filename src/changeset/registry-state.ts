/**
 * What a registry holds of some subjects: levels, versions, schemas with what they refer to. Read in parallel, so many
 * requests at a time; each version is asked for once, however many schemas refer to it.
 */
import { toSchemaText } from "../avro/canonical.ts";
import type { AvroSchema } from "../avro/model.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";
import { parseSubjectName, type SubjectName } from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import { createLimit, type Limit } from "../kernel/limit.ts";
import type { FiledVersion, RegistryAdministration } from "../registry/administration.ts";
import { RegistryError } from "../registry/error.ts";

export interface RegistryVersion extends FiledVersion {
  /** Null for what is no Avro schema, or none that we can read: `problem` says why. */
  readonly schema: AvroSchema | null;
  readonly problem: string | null;
  /** Equal for schemas that differ in nothing that a registry keeps. */
  readonly content: string;
}

export interface SubjectState {
  readonly subject: SubjectName;
  /** Null when it has none of its own. */
  readonly ownLevel: string | null;
  /** Live ones, oldest first. */
  readonly versions: readonly RegistryVersion[];
}

export interface RegistryState {
  readonly url: string;
  /** What applies to subjects without a level of their own. */
  readonly levelOfAll: string;
  readonly subjects: ReadonlyMap<string, SubjectState>;
}

export interface ReadStateOptions {
  /** Requests at a time. Default 8. */
  readonly parallel?: number;
  /** Told after each subject. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What reading asks of a registry. */
export type RegistryReader = Pick<
  RegistryAdministration,
  "url" | "levelOfAll" | "ownLevel" | "versions" | "version"
>;

export const defaultParallel = 8;

/** Equal for schemas that differ in nothing that a registry keeps; types of other subjects count as written here. */
export function contentOf(schema: AvroSchema): string {
  return toSchemaText(schema);
}

/** Subjects that are not there have no versions. Throws RegistryError. */
export async function readRegistryState(
  registry: RegistryReader,
  subjects: Iterable<SubjectName>,
  { parallel = defaultParallel, onProgress = () => {} }: ReadStateOptions = {},
): Promise<RegistryState> {
  const names = [...new Set(subjects)];
  const limit = createLimit(parallel);
  const reader = createVersionReader(registry, limit);
  let done = 0;
  // First of all and alone: a wrong address or password is then told by one request.
  const levelOfAll = await registry.levelOfAll();
  const states = await Promise.all(
    names.map(async (subject): Promise<[string, SubjectState]> => {
      const [ownLevel, numbers] = await Promise.all([
        limit(() => registry.ownLevel(subject)),
        limit(() => registry.versions(subject)),
      ]);
      const found = await Promise.all(numbers.map((version) => reader(subject, version)));
      onProgress(++done, names.length);
      // A version may be deleted while we read.
      const versions = found.filter((version) => version !== null);
      return [subject, { subject, ownLevel, versions: versions.sort((a, b) => a.version - b.version) }];
    }),
  );
  return { url: registry.url, levelOfAll, subjects: new Map(states) };
}

type ReadVersion = (
  subject: SubjectName,
  version: FiledVersion["version"],
) => Promise<RegistryVersion | null>;

function createVersionReader(registry: RegistryReader, limit: Limit): ReadVersion {
  const asked = new Map<string, Promise<FiledVersion | null>>();
  const fetchVersion = (subject: SubjectName, version: FiledVersion["version"]) => {
    const key = `${version} ${subject}`;
    const known = asked.get(key);
    if (known !== undefined) return known;
    const asking = limit(() => registry.version(subject, version));
    asked.set(key, asking);
    return asking;
  };
  /** Schemas that the text may use by name, each after those it needs itself. */
  const resolve = async (
    filed: FiledVersion,
    into: Map<string, AvroSchema>,
    seen: Set<string>,
  ): Promise<void> => {
    for (const { name, subject, version } of filed.references) {
      const key = `${version} ${subject}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const referred = await fetchVersion(subject, version);
      if (referred === null) throw new Error(`${name} is in ${subject} version ${version}, which is gone`);
      await resolve(referred, into, seen);
      into.set(key, parseSchemaText(referred.schemaText, { references: [...into.values()] }));
    }
  };
  return async (subject, version) => {
    const filed = await fetchVersion(subject, version);
    if (filed === null) return null;
    const unread = (problem: string) => ({ ...filed, schema: null, problem, content: filed.schemaText });
    if (filed.schemaType !== "AVRO") return unread(`it is a schema of type ${filed.schemaType}`);
    const references = new Map<string, AvroSchema>();
    try {
      await resolve(filed, references, new Set());
      const schema = parseSchemaText(filed.schemaText, { references: [...references.values()] });
      return { ...filed, schema, problem: null, content: contentOf(schema) };
    } catch (cause) {
      if (cause instanceof RegistryError) throw cause;
      return unread(describeCause(cause));
    }
  };
}

/** Subjects of the registry whose name begins with one of the prefixes, each once, sorted. Throws RegistryError. */
export async function listSubjects(
  registry: RegistryAdministration,
  prefixes: readonly string[],
): Promise<readonly SubjectName[]> {
  const lists = await Promise.all(prefixes.map((prefix) => registry.subjects(prefix)));
  return [...new Set(lists.flat())].sort().map(parseSubjectName);
}
