/**
 * What those who look after a registry ask of it: lists, levels, schemas filed with their references, subjects deleted
 * (Confluent "Schema Registry API Reference"). Nothing is remembered between two calls.
 */
import { parseSchemaVersion, type SchemaId, type SchemaVersion, type SubjectName } from "../kernel/brand.ts";
import {
  parseId,
  parseIdAndVersion,
  parseIds,
  parseLevel,
  parseMode,
  parseSchemaAnswer,
  parseSubjects,
  parseTexts,
  parseVerdict,
  parseVersions,
  type SchemaAnswer,
  type SchemaReference,
} from "./answers.ts";
import type { RegistryClientOptions, RegistryVerdict } from "./client.ts";
import { remoteCodes } from "./error.ts";
import { createRegistryHttp, type HttpRequest } from "./http.ts";
import {
  configPath,
  createAsker,
  createSubjectCalls,
  modePath,
  type SubjectCalls,
  subjectPath,
  versionPath,
} from "./subject-calls.ts";

/** A schema as it is sent: its text leaves out what the references bring. */
export interface SentSchema {
  readonly text: string;
  readonly references: readonly SchemaReference[];
  /** Has the registry normalize it (`normalize=true`). Default false. */
  readonly normalize?: boolean;
  /** Filed with it, and makes a version of its own. Left out where there is none. */
  readonly metadata?: SchemaMetadata;
}

export interface SchemaMetadata {
  readonly properties: Readonly<Record<string, string>>;
}

export interface Deletion {
  /** For good: the ids are gone, too. Only what was deleted softly before. Default false. */
  readonly isPermanent?: boolean;
}

export interface FiledVersion extends SchemaAnswer {
  readonly id: SchemaId;
  readonly version: SchemaVersion;
}

/** Each method throws RegistryError and nothing else. */
export interface RegistryAdministration extends SubjectCalls {
  readonly url: string;
  /** Those with a live version whose name begins so; `""` for all of every context. */
  subjects(prefix: string): Promise<readonly SubjectName[]>;
  /** The level of subjects that have none of their own, in capitals. */
  levelOfAll(): Promise<string>;
  /** Null when there is none, not even a deleted one: what is deleted may still be referred to. */
  version(subject: SubjectName, version: SchemaVersion): Promise<FiledVersion | null>;
  /** Where this very schema is filed under the subject; null when it is not. */
  find(
    subject: SubjectName,
    schema: SentSchema,
  ): Promise<{ readonly id: SchemaId; readonly version: SchemaVersion } | null>;
  /** Against the versions that the subject's level names, never the latest alone. A new subject takes everything. */
  check(subject: SubjectName, schema: SentSchema): Promise<RegistryVerdict>;
  /** Files the schema and leaves the level alone; the id is the old one when the schema is there already. */
  file(subject: SubjectName, schema: SentSchema): Promise<SchemaId>;
  /** Softly: what was written stays readable by id. Gives the versions that are gone. */
  deleteSubject(subject: SubjectName, options?: Deletion): Promise<readonly SchemaVersion[]>;
  deleteVersion(subject: SubjectName, version: SchemaVersion, options?: Deletion): Promise<SchemaVersion>;
  /** Ids of the schemas that refer to the version. */
  referencedBy(subject: SubjectName, version: SchemaVersion): Promise<readonly SchemaId[]>;
  /** Takes the subject's own level back; false when it has none. */
  deleteLevel(subject: SubjectName): Promise<boolean>;
  /** The mode of subjects that have none of their own: READWRITE, READONLY, IMPORT, ... */
  modeOfAll(): Promise<string>;
  /** The mode that applies to the subject, in capitals. */
  mode(subject: SubjectName): Promise<string>;
  /** The subject's own mode; null when it has none. */
  ownMode(subject: SubjectName): Promise<string | null>;
  setMode(subject: SubjectName, mode: string): Promise<void>;
  /** Names as `.` and `.ctx`; a subject of the second is `:.ctx:name`. */
  contexts(): Promise<readonly string[]>;
}

/** Pure: nothing is connected before a method is called. Throws RegistryError `invalid-registry-address`. */
export function createRegistryAdministration(options: RegistryClientOptions): RegistryAdministration {
  const http = createRegistryHttp(options);
  const { url } = http;

  const asker = createAsker(http);
  const { ask, askOrNull } = asker;

  return {
    url,
    ...createSubjectCalls(asker),
    async subjects(prefix) {
      const query = prefix === "" ? "" : `?subjectPrefix=${encodeURIComponent(prefix)}`;
      const found = await ask({ method: "GET", path: `/subjects${query}` }, parseSubjects);
      // Not every registry looks at the prefix.
      return found.filter((subject) => subject.startsWith(prefix));
    },
    levelOfAll: () => ask({ method: "GET", path: "/config" }, parseLevel),
    version: async (subject, version) =>
      askOrNull(
        {
          method: "GET",
          path: `${versionPath(subject, version)}?deleted=true`,
          absent: [remoteCodes.unknownSubject, remoteCodes.unknownVersion],
        },
        (json) => ({ ...parseSchemaAnswer(json), ...parseIdAndVersion(json) }),
      ),
    find: async (subject, schema) =>
      askOrNull(
        {
          method: "POST",
          path: `${subjectPath(subject)}${schema.normalize === true ? "?normalize=true" : ""}`,
          body: bodyOf(schema),
          absent: [remoteCodes.unknownSubject, remoteCodes.unknownSchema],
        },
        parseIdAndVersion,
      ),
    async check(subject, schema) {
      const query = `?verbose=true${schema.normalize === true ? "&normalize=true" : ""}`;
      const request: HttpRequest = {
        method: "POST",
        path: `/compatibility${subjectPath(subject)}/versions${query}`,
        body: bodyOf(schema),
        absent: [remoteCodes.unknownSubject, remoteCodes.unknownVersion],
      };
      return (await askOrNull(request, parseVerdict)) ?? { isCompatible: true, messages: [] };
    },
    file: async (subject, schema) =>
      ask(
        {
          method: "POST",
          path: `${subjectPath(subject)}/versions${schema.normalize === true ? "?normalize=true" : ""}`,
          body: bodyOf(schema),
        },
        parseId,
      ),
    deleteSubject: async (subject, deletion) =>
      ask({ method: "DELETE", path: `${subjectPath(subject)}${queryOf(deletion)}` }, parseVersions),
    deleteVersion: async (subject, version, deletion) =>
      ask(
        { method: "DELETE", path: `${versionPath(subject, version)}${queryOf(deletion)}` },
        parseSchemaVersion,
      ),
    referencedBy: async (subject, version) =>
      ask({ method: "GET", path: `${versionPath(subject, version)}/referencedby` }, parseIds),
    deleteLevel: async (subject) =>
      (await askOrNull(
        {
          method: "DELETE",
          path: configPath(subject),
          absent: [remoteCodes.unknownSubject, remoteCodes.noSubjectLevel],
        },
        // What it answers is the level that was.
        () => true,
      )) ?? false,
    modeOfAll: () => ask({ method: "GET", path: "/mode" }, parseMode),
    mode: async (subject) =>
      ask({ method: "GET", path: `${modePath(subject)}?defaultToGlobal=true` }, parseMode),
    ownMode: async (subject) =>
      askOrNull(
        {
          method: "GET",
          path: modePath(subject),
          absent: [remoteCodes.noSubjectMode, remoteCodes.unknownSubject],
        },
        parseMode,
      ),
    async setMode(subject, mode) {
      await ask({ method: "PUT", path: modePath(subject), body: { mode } }, parseMode);
    },
    contexts: () => ask({ method: "GET", path: "/contexts" }, parseTexts),
  };
}

function queryOf({ isPermanent = false }: Deletion = {}): string {
  return isPermanent ? "?permanent=true" : "";
}

function bodyOf({ text, references, metadata }: SentSchema): Readonly<Record<string, unknown>> {
  return {
    schema: text,
    ...(references.length > 0 && { references }),
    ...(metadata !== undefined && { metadata }),
  };
}
