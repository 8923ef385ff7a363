/**
 * What a route reads from its request: path and query parameters, and the JSON body.
 */
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { refuse } from "./refusal.ts";
import type { RegistryStore, StoredVersion } from "./store.ts";

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

export function readBody(request: EmulatorRequest): JsonObject {
  if (request.body === undefined || request.body === null) throw refuse.missingBody();
  if (!isJsonObject(request.body)) throw refuse.badRequest("The request body must be a JSON object");
  return request.body;
}

export function readParam(request: EmulatorRequest, name: string): string {
  return request.params[name] ?? "";
}

const reservedSubjects = ["__GLOBAL", "__EMPTY"];

/** The subject of the path. Throws Refusal 42208 for a name that no subject may have. */
export function readSubject(request: EmulatorRequest): string {
  const subject = readParam(request, "subject");
  if (/\p{Cc}/u.test(subject) || reservedSubjects.includes(subject)) throw refuse.invalidSubject(subject);
  return subject;
}

/** The id of the path. Throws Refusal 404 for what is no number. */
export function readId(request: EmulatorRequest): number {
  const id = readParam(request, "id");
  if (!/^\d{1,10}$/.test(id)) throw refuse.unknownRoute();
  return Number(id);
}

/** `latest` (also -1) or a number from 1. Throws Refusal 42202. */
export function parseVersion(value: string): number | "latest" {
  if (value === "latest" || value === "-1") return "latest";
  const version = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (version < 1 || version > 2 ** 31 - 1) throw refuse.invalidVersion(value);
  return version;
}

/**
 * The version of the path. Throws Refusal 42202, 40401 or 40402.
 * With `deleted`, soft-deleted versions are seen too.
 */
export function findVersion(request: EmulatorRequest, store: RegistryStore, deleted: boolean): StoredVersion {
  const subject = readSubject(request);
  const wanted = parseVersion(readParam(request, "version"));
  const versions = deleted ? store.allVersions(subject) : store.liveVersions(subject);
  if (versions.length === 0) throw refuse.unknownSubject(subject);
  const found = wanted === "latest" ? versions.at(-1) : versions.find((entry) => entry.version === wanted);
  if (found === undefined) throw refuse.unknownVersion(wanted);
  return found;
}
