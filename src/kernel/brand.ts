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

function fail(what: string, value: unknown, rule: string): never {
  throw new IdentifierError("invalid-identifier", `${JSON.stringify(value)} is not a ${what}: ${rule}`, {
    details: { what },
  });
}

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
  if (typeof value !== "string" || value === "" || /\p{Cc}/u.test(value)) {
    fail("subject name", value, "text that is not empty, without control characters");
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
  return typeof value === "string" && /^[0-9]{1,19}$/.test(value);
}

export function parsePostId(value: unknown): PostId {
  if (!isPostId(value)) fail("post id", value, "1 to 19 decimal digits");
  return value;
}
