/**
 * What keeps an encoder or a decoder from being made. What is wrong with one value or one record is an outcome, not an error.
 */
import { BirdwireError } from "../kernel/error.ts";

export const serdeErrorCodes = [
  /** Registering is off and the subject does not have the schema: `details` has subject, name, version, fingerprint. */
  "schema-not-registered",
  /** Our values cannot be written with the version registered last: `details` has subject, version, schemaId, findings. */
  "latest-incompatible",
  /** Versions of a subject that the reader's schema cannot read: `details` has subject, versions with their findings, fingerprint. */
  "unreadable-versions",
  /** The registry has no such version, or it is no Avro schema: `details` has subject and version. */
  "no-reader",
] as const;
export type SerdeErrorCode = (typeof serdeErrorCodes)[number];

export class SerdeError extends BirdwireError<SerdeErrorCode> {}
