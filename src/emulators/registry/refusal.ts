/**
 * What the registry emulator refuses, in the codes and words of the Confluent Schema Registry's REST API
 * ("Schema Registry API Reference", Errors). The HTTP status is the first three digits of a five-digit code.
 */
export const errorCodes = [
  400, 404, 405, 406, 413, 415, 422, 40401, 40402, 40403, 40404, 40405, 40406, 40407, 40408, 40409, 40901,
  42201, 42202, 42203, 42204, 42205, 42206, 42208, 50001,
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export class Refusal extends Error {
  readonly errorCode: ErrorCode;
  readonly status: number;

  constructor(errorCode: ErrorCode, message: string) {
    super(message);
    this.errorCode = errorCode;
    this.status = errorCode >= 1000 ? Math.floor(errorCode / 100) : errorCode;
  }
}

export const refuse = {
  unknownRoute: () => new Refusal(404, "HTTP 404 Not Found"),
  notEmulated: (what: string) => new Refusal(404, `${what}: not emulated`),
  wrongMethod: () => new Refusal(405, "HTTP 405 Method Not Allowed"),
  notAcceptable: () => new Refusal(406, "HTTP 406 Not Acceptable"),
  tooLarge: (maxBytes: number) => new Refusal(413, `The request body is larger than ${maxBytes} bytes`),
  wrongMediaType: () => new Refusal(415, "HTTP 415 Unsupported Media Type"),
  badRequest: (message: string) => new Refusal(400, message),
  missingBody: () => new Refusal(422, "The request body must not be null"),

  unknownSubject: (subject: string) => new Refusal(40401, `Subject '${subject}' not found.`),
  unknownVersion: (version: number | string) => new Refusal(40402, `Version ${version} not found.`),
  unknownSchema: () => new Refusal(40403, "Schema not found"),
  unknownId: (id: number | string) => new Refusal(40403, `Schema ${id} not found`),
  subjectSoftDeleted: (subject: string) =>
    new Refusal(40404, `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`),
  subjectNotSoftDeleted: (subject: string) =>
    new Refusal(40405, `Subject '${subject}' was not deleted first before being permanently deleted`),
  versionSoftDeleted: (subject: string, version: number) =>
    new Refusal(
      40406,
      `Subject '${subject}' Version ${version} was soft deleted. Set permanent=true to delete permanently`,
    ),
  versionNotSoftDeleted: (subject: string, version: number) =>
    new Refusal(
      40407,
      `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
    ),
  noSubjectLevel: (subject: string) =>
    new Refusal(40408, `Subject '${subject}' does not have subject-level compatibility configured`),
  noSubjectMode: (subject: string) =>
    new Refusal(40409, `Subject '${subject}' does not have subject-level mode configured`),

  incompatible: (subject: string, details: readonly string[]) =>
    new Refusal(
      40901,
      `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${details.join(", ")}]`,
    ),

  invalidSchema: (message: string) => new Refusal(42201, message),
  invalidVersion: (version: string) =>
    new Refusal(
      42202,
      `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
    ),
  invalidLevel: () =>
    new Refusal(
      42203,
      "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive",
    ),
  invalidMode: () =>
    new Refusal(42204, "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, and IMPORT"),
  notPermitted: (message: string) => new Refusal(42205, message),
  referenceExists: (subject: string, version: number) =>
    new Refusal(42206, `One or more references exist to the schema {subject=${subject},version=${version}}.`),
  invalidSubject: (subject: string) =>
    new Refusal(42208, `The specified subject '${subject}' is not a valid subject.`),

  internal: () => new Refusal(50001, "Error in the backend data store"),
} as const;
