/**
 * What a route reads from its request: path and query parameters, and the JSON body.
 */
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { contextOf, defaultContext, parseQualifiedSubject, qualify } from "./context.ts";
import { refuse } from "./refusal.ts";
import type { RegistryStore, StoredSchema, StoredVersion } from "./store.ts";

export interface EmulatorRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed body; undefined when there was none. */
  readonly body: unknown;
}

/** A JSON value, or text that is sent as it is. */
export type Answer =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "text"; readonly text: string };

export type Handler = (request: EmulatorRequest, store: RegistryStore) => Answer;

export function json(value: unknown): Answer {
  return { kind: "json", value };
}

export function text(content: string): Answer {
  return { kind: "text", text: content };
}

/** True for `?name=true` (in any case) alone. */
export function hasFlag(request: EmulatorRequest, name: string): boolean {
  return request.query.get(name)?.toLowerCase() === "true";
}

/** A whole number from the query, or null when the parameter is absent. Throws Refusal 404 as the real server does. */
export function readNumber(request: EmulatorRequest, name: string): number | null {
  const value = request.query.get(name);
  if (value === null || value === "") return null;
  if (!/^-?\d{1,9}$/.test(value)) throw refuse.unknownRoute();
  return Number(value);
}

/** What `offset` and `limit` leave of a list; a negative limit is none. Throws Refusal 404 as readNumber does. */
export function cutPage<Item>(request: EmulatorRequest, items: readonly Item[]): readonly Item[] {
  const offset = Math.max(0, readNumber(request, "offset") ?? 0);
  const limit = readNumber(request, "limit") ?? -1;
  return items.slice(offset, limit < 0 ? undefined : offset + limit);
}

export function readBody(request: EmulatorRequest): JsonObject {
  if (request.body === undefined || request.body === null) throw refuse.missingBody();
  if (!isJsonObject(request.body)) throw refuse.badRequest("The request body must be a JSON object");
  return request.body;
}

export function readParam(request: EmulatorRequest, name: string): string {
  return request.params[name] ?? "";
}

const reservedSubjects = ["__GLOBAL", "__EMPTY"];
const reservedContext = ".__GLOBAL";

/** The subject of the path, in its one spelling. Throws Refusal 42208 for a name that no subject may have. */
export function readSubject(request: EmulatorRequest): string {
  const subject = readParam(request, "subject");
  const qualified = parseQualifiedSubject(subject);
  const { context, name } = qualified;
  if (/\p{Cc}/u.test(subject) || reservedSubjects.includes(name) || context === reservedContext) {
    throw refuse.invalidSubject(subject);
  }
  return qualify(qualified);
}

/** The id of the path. Throws Refusal 404 for what is no number. */
export function readId(request: EmulatorRequest): number {
  const id = readParam(request, "id");
  if (!/^\d{1,10}$/.test(id)) throw refuse.unknownRoute();
  return Number(id);
}

export interface SchemaInContext {
  readonly schema: StoredSchema;
  readonly context: string;
}

/**
 * The schema with the id of the path, in the context that `?subject` names; for a subject without a context, in the
 * first one where it holds that id. Throws Refusal 404 and 40403.
 */
export function findSchema(request: EmulatorRequest, store: RegistryStore): SchemaInContext {
  const id = readId(request);
  const wanted = parseQualifiedSubject(request.query.get("subject") ?? "");
  const holds = (context: string) =>
    wanted.name === "" ||
    store.allVersions(qualify({ context, name: wanted.name })).some((entry) => entry.schema.id === id);
  const context =
    wanted.context === defaultContext ? (store.contexts().find(holds) ?? defaultContext) : wanted.context;
  const schema = wanted.context === defaultContext || holds(context) ? store.schemaById(id, context) : null;
  if (schema === null) throw refuse.unknownId(id);
  return { schema, context };
}

/** The subject itself and, when it names no context, its namesakes in the others. */
export function namesakes(subject: string, store: RegistryStore): readonly string[] {
  if (contextOf(subject) !== defaultContext) return [subject];
  return store.contexts().map((context) => qualify({ context, name: subject }));
}

/** `latest` (also -1) or a number from 1. Throws Refusal 42202. */
export function parseVersion(value: string): number | "latest" {
  if (value === "latest" || value === "-1") return "latest";
  const version = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (version < 1 || version > 2 ** 31 - 1) throw refuse.invalidVersion(value);
  return version;
}

/** As findVersion; a subject that has no such version is looked for in the other contexts. */
export function findVersionAnywhere(
  request: EmulatorRequest,
  store: RegistryStore,
  deleted: boolean,
): StoredVersion {
  for (const subject of namesakes(readSubject(request), store)) {
    const found = pickVersion(request, store, subject, deleted);
    if (found !== undefined) return found;
  }
  return findVersion(request, store, deleted);
}

function pickVersion(
  request: EmulatorRequest,
  store: RegistryStore,
  subject: string,
  deleted: boolean,
): StoredVersion | undefined {
  const wanted = parseVersion(readParam(request, "version"));
  const versions = deleted ? store.allVersions(subject) : store.liveVersions(subject);
  return wanted === "latest" ? versions.at(-1) : versions.find((entry) => entry.version === wanted);
}

/**
 * The version of the path. Throws Refusal 42202, 40401 or 40402.
 * With `deleted`, soft-deleted versions are seen too.
 */
export function findVersion(request: EmulatorRequest, store: RegistryStore, deleted: boolean): StoredVersion {
  const subject = readSubject(request);
  const found = pickVersion(request, store, subject, deleted);
  if (found !== undefined) return found;
  const versions = deleted ? store.allVersions(subject) : store.liveVersions(subject);
  if (versions.length === 0) throw refuse.unknownSubject(subject);
  throw refuse.unknownVersion(parseVersion(readParam(request, "version")));
}
