/**
 * All state of the registry emulator, in memory: schemas by context and id, subjects with their versions, levels and
 * modes. Version numbers go on after a soft delete and start again at 1 after a permanent one.
 */
import type { AvroSchema } from "../../avro/model.ts";
import { type CompatibilityLevel, defaultLevel } from "../../evolution/levels.ts";
import type { JsonObject } from "../../kernel/json.ts";
import {
  compareSubjects,
  compareTexts,
  contextOf,
  defaultContext,
  qualify,
  qualifyBeside,
} from "./context.ts";

export interface Reference {
  readonly name: string;
  /** As it was registered: without a context it lies in the one of the schema that refers to it. */
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

/** Settings of a subject, of a context or of the whole registry, as they were put. */
export interface Config {
  readonly level?: CompatibilityLevel;
  /** All other settings, kept and answered; only `validateFields` has an effect. */
  readonly others: JsonObject;
}

export const modes = ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT"] as const;
export type Mode = (typeof modes)[number];

/** A context's schemas: ids are given out in each context by itself. */
export interface ContextState {
  lastId: number;
  readonly schemas: Map<number, StoredSchema>;
}

/** What a registry consists of. Contexts outlive their subjects. */
export interface RegistryState {
  readonly contexts: Map<string, ContextState>;
  readonly subjects: Map<string, StoredVersion[]>;
  /** By subject; a context's own is under `:.ctx:`. */
  readonly configs: Map<string, Config>;
  readonly modes: Map<string, Mode>;
  globalConfig: Config;
  globalMode: Mode;
}

export function createRegistryState(): RegistryState {
  return {
    contexts: new Map([[defaultContext, { lastId: 0, schemas: new Map() }]]),
    subjects: new Map(),
    configs: new Map(),
    modes: new Map(),
    globalConfig: { others: {} },
    globalMode: "READWRITE",
  };
}

/** Works on `state` itself. `onChange` is called after each change of it. */
export function createStore(state: RegistryState = createRegistryState(), onChange: () => void = () => {}) {
  const { contexts, subjects, configs, modes: ownModes } = state;
  /** By context, then by content; derived from `contexts`. */
  const idsByContent = new Map<string, Map<string, number>>();
  for (const [name, { schemas }] of contexts) {
    const ids = idsIn(name);
    for (const schema of schemas.values()) rememberId(ids, schema);
  }

  function idsIn(context: string): Map<string, number> {
    const ids = idsByContent.get(context) ?? new Map<string, number>();
    idsByContent.set(context, ids);
    return ids;
  }
  function rememberId(ids: Map<string, number>, schema: StoredSchema): void {
    const key = contentKey(schema);
    if (!ids.has(key)) ids.set(key, schema.id);
  }
  function stateOf(context: string): ContextState {
    const known = contexts.get(context) ?? { lastId: 0, schemas: new Map() };
    contexts.set(context, known);
    return known;
  }
  /** A setting of the subject, else of its context. */
  function inScope<Value>(settings: ReadonlyMap<string, Value>, subject: string): Value | undefined {
    return settings.get(subject) ?? settings.get(qualify({ context: contextOf(subject), name: "" }));
  }

  const allVersions = (subject: string): readonly StoredVersion[] => subjects.get(subject) ?? [];
  const liveVersions = (subject: string) => allVersions(subject).filter((entry) => !entry.deleted);
  const configInScope = (subject: string): Config => inScope(configs, subject) ?? state.globalConfig;

  return {
    /** Names of all contexts that ever held a schema, the default one first. */
    contexts: (): readonly string[] => [...contexts.keys()].sort(compareTexts),
    /** Names of subjects that have a version, deleted ones too, by context and name. */
    subjects: (): readonly string[] => [...subjects.keys()].sort(compareSubjects),
    /** Versions that were not permanently deleted, oldest first. */
    allVersions,
    liveVersions,
    /** Of the context alone when one is given. */
    everyVersion: (context?: string): readonly StoredVersion[] =>
      [...subjects]
        .filter(([subject]) => context === undefined || contextOf(subject) === context)
        .flatMap(([, versions]) => versions),

    schemaById: (id: number, context: string) => contexts.get(context)?.schemas.get(id) ?? null,
    schemas: (context: string): readonly StoredSchema[] => [
      ...(contexts.get(context)?.schemas.values() ?? []),
    ],
    maxId: (context: string) => contexts.get(context)?.lastId ?? 0,

    /** Files the content as the next version of the subject; an `id` and a `version` may be prescribed. */
    addVersion(
      subject: string,
      content: SchemaContent,
      prescribed: { id?: number; version?: number } = {},
    ): StoredVersion {
      const name = contextOf(subject);
      const context = stateOf(name);
      const ids = idsIn(name);
      const id = prescribed.id ?? ids.get(contentKey(content)) ?? context.lastId + 1;
      context.lastId = Math.max(context.lastId, id);
      const schema = context.schemas.get(id) ?? { ...content, id };
      context.schemas.set(id, schema);
      rememberId(ids, schema);
      const versions = allVersions(subject);
      const version = prescribed.version ?? (versions.at(-1)?.version ?? 0) + 1;
      const entry: StoredVersion = { subject, version, schema, deleted: false };
      // A deleted version with the same schema is gone for good once there is a newer one.
      const others = versions.filter(
        (other) =>
          other.version !== version && !(other.deleted && other.schema.id === id && other.version < version),
      );
      subjects.set(
        subject,
        [...others, entry].sort((a, b) => a.version - b.version),
      );
      onChange();
      return entry;
    },
    softDelete(entries: readonly StoredVersion[]): void {
      for (const entry of entries) entry.deleted = true;
      onChange();
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
        ownModes.delete(subject);
      }
      const name = contextOf(subject);
      const { schemas } = stateOf(name);
      const held = new Set(this.everyVersion(name).map((entry) => entry.schema.id));
      for (const { schema } of entries) if (!held.has(schema.id)) schemas.delete(schema.id);
      // Another id may stand for the same content: imports allow it.
      idsByContent.delete(name);
      for (const schema of schemas.values()) rememberId(idsIn(name), schema);
      onChange();
    },
    /** Live versions whose schema refers to this version. */
    referencing: (subject: string, version: number): readonly StoredVersion[] =>
      [...subjects.values()]
        .flat()
        .filter(
          (entry) =>
            !entry.deleted &&
            entry.schema.references.some(
              (ref) => qualifyBeside(entry.subject, ref.subject) === subject && ref.version === version,
            ),
        ),

    globalConfig: () => state.globalConfig,
    subjectConfig: (subject: string) => configs.get(subject) ?? null,
    /** The settings that apply to the subject: its own, its context's or the registry's. */
    configInScope,
    setGlobalConfig(config: Config | null): void {
      state.globalConfig = config ?? { others: {} };
      onChange();
    },
    setSubjectConfig(subject: string, config: Config | null): void {
      if (config === null) configs.delete(subject);
      else configs.set(subject, config);
      onChange();
    },
    globalLevel: (): CompatibilityLevel => state.globalConfig.level ?? defaultLevel,
    levelOf: (subject: string): CompatibilityLevel =>
      configs.get(subject)?.level ??
      configInScope(qualify({ context: contextOf(subject), name: "" })).level ??
      state.globalConfig.level ??
      defaultLevel,

    validatesFields: (subject: string): boolean =>
      (configInScope(subject).others.validateFields ?? state.globalConfig.others.validateFields) === true,

    globalMode: () => state.globalMode,
    subjectMode: (subject: string) => ownModes.get(subject) ?? null,
    setGlobalMode(mode: Mode): void {
      state.globalMode = mode;
      onChange();
    },
    setSubjectMode(subject: string, mode: Mode | null): void {
      if (mode === null) ownModes.delete(subject);
      else ownModes.set(subject, mode);
      onChange();
    },
    modeOf: (subject: string): Mode =>
      state.globalMode === "READONLY_OVERRIDE"
        ? state.globalMode
        : (inScope(ownModes, subject) ?? state.globalMode),
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

/** The newest version that holds the content; content without metadata goes with any. */
export function findSame(
  versions: readonly StoredVersion[],
  content: SchemaContent,
): StoredVersion | undefined {
  const key = contentKey(content);
  return versions.findLast(
    ({ schema }) => contentKey(content.metadata === null ? { ...schema, metadata: null } : schema) === key,
  );
}
