/** POST /subjects/{subject}/versions: files a schema as the next version, unless the subject has it already. */
import type { JsonObject } from "../../../kernel/json.ts";
import { findIncompatibilities } from "../compatibility.ts";
import { contextOf } from "../context.ts";
import { refuse } from "../refusal.ts";
import { type Handler, json, readBody, readSubject } from "../request.ts";
import { describeVersion } from "../schema-answer.ts";
import { completeMetadata, readMetadata } from "../schema-metadata.ts";
import { readSchema } from "../schema-request.ts";
import { contentKey, findSame, type RegistryStore, type SchemaContent } from "../store.ts";
import { requireWritable } from "../write-guard.ts";

export const registerSchema: Handler = (request, store) => {
  const subject = readSubject(request);
  const body = readBody(request);
  requireWritable(subject, store);
  const id = readInteger(body.id);
  const version = readInteger(body.version);
  const importing = store.modeOf(subject) === "IMPORT";
  if (id !== null && id > 0 && !importing)
    throw refuse.notPermitted(`Subject ${subject} is not in import mode`);

  const live = store.liveVersions(subject);
  const latest = live.at(-1);
  const content = readSchema(body, subject, store) ?? repeatLatest(latest?.schema, body);
  if (importing && (id === null || id < 0))
    throw refuse.notPermitted(`Subject ${subject} is not in read-write mode`);
  if (importing) return json(describeVersion(importVersion(subject, content, { id, version }, store)));

  const same = version === null ? findSame(live, content) : undefined;
  if (same !== undefined) return json(describeVersion(same));
  const next = (store.allVersions(subject).at(-1)?.version ?? 0) + 1;
  if (version !== null && version > 0 && version !== next) {
    throw refuse.invalidSchema("Version is not one more than previous version");
  }
  const metadata = completeMetadata(content.metadata ?? latest?.schema.metadata ?? null, {
    version: next,
    wasAsked: version !== null,
  });
  const completed = { ...content, metadata };
  const messages = findIncompatibilities(subject, completed, live, store);
  if (messages.length > 0) throw refuse.incompatible(subject, messages);
  return json(describeVersion(store.addVersion(subject, completed)));
};

/** A request without a schema means the latest one. Throws Refusal 42201 when there is none. */
function repeatLatest(latest: SchemaContent | undefined, body: JsonObject): SchemaContent {
  if (latest === undefined) throw refuse.invalidSchema("Empty schema");
  const { schemaType, text, references, avro } = latest;
  return { schemaType, text, references, avro, metadata: readMetadata(body) };
}

/** In import mode ids and versions are taken as they are, and nothing is checked but that an id keeps its schema. */
function importVersion(
  subject: string,
  content: SchemaContent,
  { id, version }: { id: number | null; version: number | null },
  store: RegistryStore,
) {
  const holder = id === null || id < 0 ? null : store.schemaById(id, contextOf(subject));
  if (id !== null && holder !== null && contentKey(holder) !== contentKey(content)) {
    throw refuse.notPermitted(`Overwrite new schema with id ${id} is not permitted.`);
  }
  return store.addVersion(subject, content, {
    ...(id !== null && id > 0 && { id }),
    ...(version !== null && version > 0 && { version }),
  });
}

/** An id or version that the client prescribes, a negative one being any; null when it says nothing. */
function readInteger(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value !== 0 ? value : null;
}
