/**
 * All state of the registry emulator, in memory: schemas by id, subjects with their versions, levels and modes.
 * Version numbers go on after a soft delete and start again at 1 after a permanent one.
 */
import type { AvroSchema } from "../../avro/model.ts";
import { type CompatibilityLevel, defaultLevel } from "../../evolution/levels.ts";
import type { JsonObject } from "../../kernel/json.ts";

export interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema in the form it is stored in: canonical text, and all that tells it from another. */
export interface SchemaContent {
  readonly schemaType: "AVRO";
  readonly text: string;
  readonly references: readonly Reference[];
  readonly metadata: JsonObject | null;
  readonly avro: AvroSchema;
}

export interface StoredSchema extends SchemaContent {
  readonly id: number;
}

export interface StoredVersion {
  readonly subject: string;
  readonly version: number;
  readonly schema: StoredSchema;
  deleted: boolean;
}

/** Settings of a subject or of the whole registry, as they were put. */
export interface Config {
  readonly level?: CompatibilityLevel;
  /** All other settings, kept and answered; only `validateFields` has an effect. */
  readonly others: JsonObject;
}

export const modes = ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT"] as const;
export type Mode = (typeof modes)[number];

export function createStore() {
  const schemas = new Map<number, StoredSchema>();
  const idsByContent = new Map<string, number>();
  const subjects = new Map<string, StoredVersion[]>();
  const configs = new Map<string, Config>();
  const subjectModes = new Map<string, Mode>();
  let globalConfig: Config = { others: {} };
  let globalMode: Mode = "READWRITE";
  let lastId = 0;

  const allVersions = (subject: string): readonly StoredVersion[] => subjects.get(subject) ?? [];
  const liveVersions = (subject: string) => allVersions(subject).filter((entry) => !entry.deleted);

  return {
    /** Names of subjects that have a version, deleted ones too, in order. */
    subjects: (): readonly string[] => [...subjects.keys()].sort(),
    /** Versions that were not permanently deleted, oldest first. */
    allVersions,
    liveVersions,
    everyVersion: (): readonly StoredVersion[] => [...subjects.values()].flat(),

    schemaById: (id: number) => schemas.get(id) ?? null,
    schemas: (): readonly StoredSchema[] => [...schemas.values()],
    maxId: () => lastId,
    /** The id that this content has or would be given again. */
    idOf: (content: SchemaContent) => idsByContent.get(contentKey(content)) ?? null,

    /** Files the content as the next version of the subject; an `id` and a `version` may be prescribed. */
    addVersion(
      subject: string,
      content: SchemaContent,
      prescribed: { id?: number; version?: number } = {},
    ): StoredVersion {
      const key = contentKey(content);
      const id = prescribed.id ?? idsByContent.get(key) ?? lastId + 1;
      lastId = Math.max(lastId, id);
      const schema = schemas.get(id) ?? { ...content, id };
      schemas.set(id, schema);
      if (!idsByContent.has(key)) idsByContent.set(key, id);
      const versions = subjects.get(subject) ?? [];
      const version = prescribed.version ?? (versions.at(-1)?.version ?? 0) + 1;
      const entry: StoredVersion = { subject, version, schema, deleted: false };
      subjects.set(
        subject,
        [...versions.filter((other) => other.version !== version), entry].sort(
          (a, b) => a.version - b.version,
        ),
      );
      return entry;
    },
    softDelete(entries: readonly StoredVersion[]): void {
      for (const entry of entries) entry.deleted = true;
    },
    /**
     * A schema that no version holds any more is forgotten with its id, which is not given out again; a subject
     * without versions is forgotten with its level and mode.
     */
    deletePermanently(subject: string, entries: readonly StoredVersion[]): void {
      const left = allVersions(subject).filter((entry) => !entries.includes(entry));
      if (left.length > 0) subjects.set(subject, left);
      else {
        subjects.delete(subject);
        configs.delete(subject);
        subjectModes.delete(subject);
      }
      const held = new Set([...subjects.values()].flat().map((entry) => entry.schema.id));
      for (const { schema } of entries) {
        if (held.has(schema.id)) continue;
        schemas.delete(schema.id);
        idsByContent.delete(contentKey(schema));
      }
    },
    /** Live versions whose schema refers to this version. */
    referencing: (subject: string, version: number): readonly StoredVersion[] =>
      [...subjects.values()]
        .flat()
        .filter(
          (entry) =>
            !entry.deleted &&
            entry.schema.references.some((ref) => ref.subject === subject && ref.version === version),
        ),

    globalConfig: () => globalConfig,
    subjectConfig: (subject: string) => configs.get(subject) ?? null,
    setGlobalConfig(config: Config | null): void {
      globalConfig = config ?? { others: {} };
    },
    setSubjectConfig(subject: string, config: Config | null): void {
      if (config === null) configs.delete(subject);
      else configs.set(subject, config);
    },
    globalLevel: (): CompatibilityLevel => globalConfig.level ?? defaultLevel,
    levelOf: (subject: string): CompatibilityLevel =>
      configs.get(subject)?.level ?? globalConfig.level ?? defaultLevel,

    validatesFields: (subject: string): boolean =>
      (configs.get(subject)?.others.validateFields ?? globalConfig.others.validateFields) === true,

    globalMode: () => globalMode,
    subjectMode: (subject: string) => subjectModes.get(subject) ?? null,
    setGlobalMode(mode: Mode): void {
      globalMode = mode;
    },
    setSubjectMode(subject: string, mode: Mode | null): void {
      if (mode === null) subjectModes.delete(subject);
      else subjectModes.set(subject, mode);
    },
    modeOf: (subject: string): Mode =>
      globalMode === "READONLY_OVERRIDE" ? globalMode : (subjectModes.get(subject) ?? globalMode),
  };
}

export type RegistryStore = ReturnType<typeof createStore>;

/** What tells one schema from another: equal keys share an id. */
export function contentKey({ schemaType, text, references, metadata }: SchemaContent): string {
  return JSON.stringify([
    schemaType,
    text,
    references.map(({ name, subject, version }) => [name, subject, version]),
    metadata,
  ]);
}
