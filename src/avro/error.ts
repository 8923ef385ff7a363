/**
 * What can be wrong with a schema, or with bytes and values under one.
 */
import { BirdwireError } from "../kernel/error.ts";

export const avroErrorCodes = [
  /** The text is not JSON: `details` has line and column, from 1. */
  "not-json",
  /** JSON, but no Avro schema: `details.path` is a JSON pointer into it. */
  "invalid-schema",
  /** The value does not fit the schema: `details.path` is a JSON pointer into the value. */
  "invalid-value",
  /** A string that UTF-8 cannot carry: it has half of a surrogate pair. */
  "unpaired-surrogate",
  /** The bytes end inside the value. */
  "truncated",
  /** Bytes are left over after the value. */
  "trailing-bytes",
  /** The bytes cannot come from the schema: a branch or symbol that it lacks, a negative length. */
  "corrupt",
  /** A long beyond 2^53-1, which a JavaScript number cannot hold exactly. */
  "long-out-of-range",
  /** No value of the writer schema can be read as the reader schema. */
  "cannot-resolve",
] as const;
export type AvroErrorCode = (typeof avroErrorCodes)[number];

export class AvroError extends BirdwireError<AvroErrorCode> {}
