/**
 * A Schema Registry as Birdwire uses it: schemas registered and found, levels, checks (Confluent "Schema Registry API
 * Reference"). Two clients stand behind it and one error model in front.
 */
import { LRUCache } from "lru-cache";
import type { SchemaId, SchemaVersion, SubjectName } from "../kernel/brand.ts";
import { createSystemClock } from "../kernel/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import {
  parseId,
  parseIdAndVersion,
  parseIdsOfContexts,
  parseLevel,
  parseSchemaAnswer,
  parseSubjectVersions,
  parseTexts,
  parseVerdict,
  type SchemaAnswer,
  type SchemaReference,
  type SubjectVersion,
} from "./answers.ts";
import { readAnswer } from "./describe.ts";
import { RegistryError, remoteCodes } from "./error.ts";
import { createRegistryHttp, type HttpRequest, type RegistryConnection } from "./http.ts";
import { createKafkaJsRegistry, type LibraryOutcome } from "./kafkajs-registry.ts";
import {
  configPath,
  createAsker,
  createSubjectCalls,
  type SubjectCalls,
  subjectPath,
  versionPath,
} from "./subject-calls.ts";

export interface RegistryClientOptions extends RegistryConnection {
  /** How long an id or GUID is taken for unknown once the registry said so. Default 10000. */
  readonly unknownIdTtlMs?: number;
}

export interface ReferencedSchema extends SchemaReference {
  readonly schemaText: string;
}

export interface RegisteredSchema {
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string;
  readonly schemaText: string;
  /** All schemas that the text refers to, directly or not; each after those it needs itself. */
  readonly references: readonly ReferencedSchema[];
}

export interface RegistryVerdict {
  readonly isCompatible: boolean;
  /** The registry's reasons; empty when it is compatible. */
  readonly messages: readonly string[];
}

/** Each method throws RegistryError and nothing else. */
export interface RegistryClient extends SubjectCalls {
  readonly url: string;
  /**
   * Files the schema under the subject and tells its id; the id is the old one when it is there already. A level is
   * made the subject's own first; without one the subject's settings stay as they are.
   * Throws `incompatible-schema`, with the registry's reasons in `details.messages`.
   */
  register(
    subject: SubjectName,
    schemaText: string,
    options?: { readonly level?: string | undefined },
  ): Promise<{ readonly id: SchemaId }>;
  /** Where this very schema is filed under the subject; null when it is not. */
  lookUp(
    subject: SubjectName,
    schemaText: string,
  ): Promise<{ readonly id: SchemaId; readonly version: SchemaVersion } | null>;
  /** Null for an id the registry does not know. Asked once at a time and remembered, the unknown for a while. */
  schemaById(id: SchemaId): Promise<RegisteredSchema | null>;
  /** The id of the schema with this GUID; null when the registry knows none, or knows no GUIDs. Remembered, too. */
  idOfGuid(guid: string): Promise<SchemaId | null>;
  /** Everywhere the schema is filed. */
  versionsOfId(id: SchemaId): Promise<readonly SubjectVersion[]>;
  /** Null when there is no such subject or version. */
  schemaOfVersion(
    subject: SubjectName,
    version: SchemaVersion | "latest",
  ): Promise<(SchemaAnswer & { readonly id: SchemaId; readonly version: SchemaVersion }) | null>;
  /** The level that applies to the subject, in capitals. */
  level(subject: SubjectName): Promise<string>;
  /** Would the registry take the schema? Against the versions that the level names, or one alone. */
  checkCompatibility(
    subject: SubjectName,
    schemaText: string,
    version?: SchemaVersion | "latest",
  ): Promise<RegistryVerdict>;
  schemaTypes(): Promise<readonly string[]>;
}

const maxRemembered = 10_000;

/** Pure: nothing is connected before a method is called. Throws RegistryError `invalid-registry-address`. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { unknownIdTtlMs = 10_000 } = options;
  const { clock = createSystemClock(), log = silentLog } = options;
  const http = createRegistryHttp(options);
  const { url } = http;
  const library = createKafkaJsRegistry(http);
  const asker = createAsker(http);
  const { ask, askOrNull, read } = asker;

  const schemas = new LRUCache<SchemaId, RegisteredSchema>({ max: maxRemembered });
  const idsOfGuids = new LRUCache<string, SchemaId>({ max: maxRemembered });
  const unknown = new LRUCache<SchemaId | string, true>({
    max: maxRemembered,
    ttl: unknownIdTtlMs,
    ttlResolution: 0,
    perf: clock,
  });
  const underWay = new Map<SchemaId, Promise<RegisteredSchema | null>>();

  /** What the library did, or, where it would not, what the registry says to the same request. */
  async function confirm(outcome: LibraryOutcome, request: HttpRequest): Promise<unknown> {
    switch (outcome.kind) {
      case "done":
        return outcome.value;
      case "answered": {
        const { method, path, absent = [] } = request;
        return readAnswer({ url: outcome.answer.url, method, path, absent }, outcome.answer);
      }
      case "failed":
        throw outcome.error;
      case "declined":
        return await http.request(request);
    }
  }

  async function fetchSchema(id: SchemaId): Promise<RegisteredSchema | null> {
    const request: HttpRequest = {
      method: "GET",
      path: `/schemas/ids/${id}`,
      absent: [remoteCodes.unknownSchema],
    };
    const answer = await confirm(await library.fetchById(id), request);
    if (answer === null) {
      unknown.set(id, true);
      return null;
    }
    const { references, ...schema } = read(request, answer, parseSchemaAnswer);
    const registered = { ...schema, references: await resolveReferences(references) };
    schemas.set(id, registered);
    return registered;
  }

  async function resolveReferences(
    references: readonly SchemaReference[],
  ): Promise<readonly ReferencedSchema[]> {
    const resolved: ReferencedSchema[] = [];
    const seen = new Set<string>();
    const visit = async (wanted: readonly SchemaReference[]): Promise<void> => {
      for (const reference of wanted) {
        const path = versionPath(reference.subject, reference.version);
        if (seen.has(path)) continue;
        seen.add(path);
        // Soft-deleted versions are still referred to.
        const answer = await ask({ method: "GET", path: `${path}?deleted=true` }, parseSchemaAnswer);
        await visit(answer.references);
        resolved.push({ ...reference, schemaText: answer.schemaText });
      }
    };
    await visit(references);
    return resolved;
  }

  const client: RegistryClient = {
    url,
    ...createSubjectCalls(asker),
    async register(subject, schemaText, { level } = {}) {
      let own = await client.ownLevel(subject);
      const wanted = level?.toUpperCase();
      if (wanted !== undefined && own !== wanted) {
        await client.setLevel(subject, wanted);
        log.debug("registry level set", { subject, from: own, to: wanted });
        own = wanted;
      }
      const request: HttpRequest = {
        method: "POST",
        path: `${subjectPath(subject)}/versions`,
        body: { schema: schemaText },
      };
      try {
        const answer = await confirm(await library.register(subject, schemaText, own), request);
        const id = read(request, typeof answer === "number" ? { id: answer } : answer, parseId);
        unknown.delete(id);
        return { id };
      } catch (error) {
        throw await explainIncompatible(error, subject, schemaText);
      }
    },
    lookUp: async (subject, schemaText) =>
      askOrNull(
        {
          method: "POST",
          path: subjectPath(subject),
          body: { schema: schemaText },
          absent: [remoteCodes.unknownSubject, remoteCodes.unknownSchema],
        },
        parseIdAndVersion,
      ),
    async schemaById(id) {
      const known = schemas.get(id);
      if (known !== undefined) return known;
      if (unknown.has(id)) return null;
      const pending = underWay.get(id);
      if (pending !== undefined) return await pending;
      const fetching = fetchSchema(id).finally(() => underWay.delete(id));
      underWay.set(id, fetching);
      return await fetching;
    },
    async idOfGuid(guid) {
      const known = idsOfGuids.get(guid);
      if (known !== undefined) return known;
      if (unknown.has(guid)) return null;
      const ids = await askOrNull(
        {
          method: "GET",
          path: `/schemas/guids/${encodeURIComponent(guid)}/ids`,
          absent: [remoteCodes.unknownSchema, remoteCodes.unknownRoute],
        },
        parseIdsOfContexts,
      );
      // Ids differ between contexts; frames name those of the default one.
      const id = (ids?.find(({ context }) => context === ".") ?? ids?.[0])?.id ?? null;
      if (id === null) unknown.set(guid, true);
      else idsOfGuids.set(guid, id);
      return id;
    },
    versionsOfId: (id) => ask({ method: "GET", path: `/schemas/ids/${id}/versions` }, parseSubjectVersions),
    schemaOfVersion: async (subject, version) =>
      askOrNull(
        {
          method: "GET",
          path: versionPath(subject, version),
          absent: [remoteCodes.unknownSubject, remoteCodes.unknownVersion],
        },
        (json) => ({ ...parseSchemaAnswer(json), ...parseIdAndVersion(json) }),
      ),
    level: async (subject) =>
      ask({ method: "GET", path: `${configPath(subject)}?defaultToGlobal=true` }, parseLevel),
    checkCompatibility: async (subject, schemaText, version) =>
      ask(
        {
          method: "POST",
          path: `/compatibility${version === undefined ? `${subjectPath(subject)}/versions` : versionPath(subject, version)}?verbose=true`,
          body: { schema: schemaText },
        },
        parseVerdict,
      ),
    schemaTypes: () => ask({ method: "GET", path: "/schemas/types" }, parseTexts),
  };

  /** The 409 with the registry's reasons as a list, where it tells them. */
  async function explainIncompatible(
    error: unknown,
    subject: SubjectName,
    schemaText: string,
  ): Promise<unknown> {
    if (!(error instanceof RegistryError) || error.code !== "incompatible-schema") return error;
    const verdict = await client.checkCompatibility(subject, schemaText).catch(() => null);
    return new RegistryError("incompatible-schema", error.message, {
      details: { ...error.details, subject, messages: verdict?.messages ?? [] },
      cause: error,
    });
  }

  return client;
}
