/**
 * Branded identifiers: a plain string or number that only its parser can make.
 */
import { BirdwireError } from "./error.ts";

declare const brand: unique symbol;
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Global id of a schema in a registry, 1..2^31-1 (four bytes in the Confluent frame). */
export type SchemaId = Brand<number, "SchemaId">;
/** Name a registry files schema versions under, for example `twitter-value`. */
export type SubjectName = Brand<string, "SubjectName">;
/** Number of a version within its subject, from 1. */
export type SchemaVersion = Brand<number, "SchemaVersion">;
/** Kafka topic name: 1..249 of `[a-zA-Z0-9._-]`, not `.` or `..`. */
export type TopicName = Brand<string, "TopicName">;
/** X's post id: 1..19 decimal digits, a snowflake below 2^63. */
export type PostId = Brand<string, "PostId">;

export type IdentifierErrorCode = "invalid-identifier";
export class IdentifierError extends BirdwireError<IdentifierErrorCode> {}

const maxShownLength = 80;

function show(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text;
}

function fail(what: string, value: unknown, rule: string): never {
  throw new IdentifierError("invalid-identifier", `${show(value)} is not a ${what}: ${rule}`, {
    details: { what },
  });
}

const maxPostId = "9223372036854775807";
const maxInt32 = 2 ** 31 - 1;

function isPositiveInt32(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maxInt32;
}

export function parseSchemaId(value: unknown): SchemaId {
  if (!isPositiveInt32(value)) fail("schema id", value, "an integer from 1 to 2147483647");
  return value as SchemaId;
}

export function parseSchemaVersion(value: unknown): SchemaVersion {
  if (!isPositiveInt32(value)) fail("schema version", value, "an integer from 1 to 2147483647");
  return value as SchemaVersion;
}

export function parseSubjectName(value: unknown): SubjectName {
  if (typeof value !== "string" || value === "" || /[\p{Cc}\p{Cs}]/u.test(value)) {
    fail("subject name", value, "text that is not empty, without control characters and lone surrogates");
  }
  return value as SubjectName;
}

export function parseTopicName(value: unknown): TopicName {
  if (typeof value !== "string" || !/^[a-zA-Z0-9._-]{1,249}$/.test(value) || /^\.\.?$/.test(value)) {
    fail("topic name", value, "1 to 249 of letters, digits, '.', '_' and '-', and not '.' or '..'");
  }
  return value as TopicName;
}

export function isPostId(value: unknown): value is PostId {
  if (typeof value !== "string" || value.length === 0 || value.length > 19) return false;
  // By its characters: an expression takes five times as long, and this is asked for each post.
  for (let at = 0; at < value.length; at++) {
    const character = value.charCodeAt(at);
    if (character < 0x30 || character > 0x39) return false;
  }
  return value.length < 19 || value <= maxPostId;
}

export function parsePostId(value: unknown): PostId {
  if (!isPostId(value)) fail("post id", value, "1 to 19 decimal digits, below 2^63");
  return value;
}
