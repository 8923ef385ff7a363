/** POST /subjects/{subject}/versions: files a schema as the next version, unless the subject has it already. */
import { findIncompatibilities } from "../compatibility.ts";
import { refuse } from "../refusal.ts";
import { type Handler, json, readBody, readSubject } from "../request.ts";
import { describeVersion } from "../schema-answer.ts";
import { readSchema } from "../schema-request.ts";
import { contentKey, type RegistryStore, type SchemaContent } from "../store.ts";
import { requireWritable } from "../write-guard.ts";

export const registerSchema: Handler = (request, store) => {
  const subject = readSubject(request);
  const body = readBody(request);
  requireWritable(subject, store);
  const id = readPrescribed(body.id);
  const version = readPrescribed(body.version);
  const importing = store.modeOf(subject) === "IMPORT";
  if (id !== null && !importing) throw refuse.notPermitted(`Subject ${subject} is not in import mode`);

  const content = readSchema(body, store);
  const live = store.liveVersions(subject);
  if (content === null) {
    const latest = live.at(-1);
    if (latest === undefined) throw refuse.invalidSchema("Empty schema");
    return json(describeVersion(latest));
  }
  if (importing) return json(describeVersion(importVersion(subject, content, { id, version }, store)));

  const same = findSame(live, content);
  if (same !== undefined) return json(describeVersion(same));
  const next = (store.allVersions(subject).at(-1)?.version ?? 0) + 1;
  if (version !== null && version !== next) {
    throw refuse.invalidSchema(`Version is not one more than previous version`);
  }
  const messages = findIncompatibilities(subject, content, live, store);
  if (messages.length > 0) throw refuse.incompatible(subject, messages);
  return json(describeVersion(store.addVersion(subject, content)));
};

function findSame<Entry extends { schema: SchemaContent }>(
  versions: readonly Entry[],
  content: SchemaContent,
): Entry | undefined {
  const key = contentKey(content);
  return versions.findLast(({ schema }) => contentKey(schema) === key);
}

/** In import mode ids and versions are taken as they are, and nothing is checked but that an id keeps its schema. */
function importVersion(
  subject: string,
  content: SchemaContent,
  { id, version }: { id: number | null; version: number | null },
  store: RegistryStore,
) {
  const holder = id === null ? null : store.schemaById(id);
  if (id !== null && holder !== null && contentKey(holder) !== contentKey(content)) {
    throw refuse.notPermitted(`Overwrite new schema with id ${id} is not permitted.`);
  }
  return store.addVersion(subject, content, {
    ...(id !== null && { id }),
    ...(version !== null && { version }),
  });
}

/** An id or version that the client prescribes; null when it leaves the choice to the registry. */
function readPrescribed(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : null;
}
