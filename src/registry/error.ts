/**
 * What can go wrong between Birdwire and a Schema Registry: one model over both clients that talk to it.
 */
import { BirdwireError, type BirdwireErrorOptions } from "../kernel/error.ts";
import { isRetriableStatus } from "./retry.ts";

export const registryErrorCodes = [
  /** The address is no http(s) URL. */
  "invalid-registry-address",
  /** No connection, or it broke. Retriable. */
  "registry-unreachable",
  /** The connection's certificate is not trusted. */
  "registry-untrusted",
  /** No answer in time. Retriable. */
  "registry-timeout",
  /** 401: credentials are missing or wrong. */
  "registry-unauthorized",
  /** 403, or a registry or subject that is read-only. */
  "registry-forbidden",
  /** 409: the subject's level forbids the schema. */
  "incompatible-schema",
  /** The registry does not take the schema. */
  "invalid-schema",
  /** 408, 425, 429 or 5xx. Retriable. */
  "registry-failed",
  /** Any other refusal: unknown subject or version, invalid level. */
  "registry-refused",
  /** An answer that no Schema Registry gives: the address leads elsewhere. */
  "unexpected-answer",
] as const;
export type RegistryErrorCode = (typeof registryErrorCodes)[number];

/** Details: `url` without credentials, `method`, and what the registry said: `status` and `errorCode`. */
export class RegistryError extends BirdwireError<RegistryErrorCode> {
  constructor(
    code: RegistryErrorCode,
    message: string,
    options: Omit<BirdwireErrorOptions, "retriable"> = {},
  ) {
    super(code, message, { ...options, retriable: retriableCodes.includes(code) });
  }
}

const retriableCodes: readonly RegistryErrorCode[] = [
  "registry-unreachable",
  "registry-timeout",
  "registry-failed",
];

/** The registry's own codes that say more than the status (Confluent "Schema Registry API Reference", Errors). */
export const remoteCodes = {
  unknownRoute: 404,
  unknownSubject: 40401,
  unknownVersion: 40402,
  unknownSchema: 40403,
  noSubjectLevel: 40408,
  noSubjectMode: 40409,
  invalidSchema: 42201,
  notPermitted: 42205,
} as const;

/** Which code an answer with an error status has. */
export function codeOfRefusal(status: number, errorCode: number | null): RegistryErrorCode {
  if (status === 401) return "registry-unauthorized";
  if (status === 403 || errorCode === remoteCodes.notPermitted) return "registry-forbidden";
  if (status === 409) return "incompatible-schema";
  if (errorCode === remoteCodes.invalidSchema) return "invalid-schema";
  if (isRetriableStatus(status)) return "registry-failed";
  return "registry-refused";
}
