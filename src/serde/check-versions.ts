/**
 * Every version of a subject held against a reader's schema before the first record is read.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SchemaId, SchemaVersion, SubjectName } from "../kernel/brand.ts";
import { createLimit } from "../kernel/limit.ts";
import type { RegistryClient } from "../registry/client.ts";
import { SerdeError } from "./error.ts";
import { createReaderSchema, createReading, type WriterReading } from "./writer.ts";

/** One version of the subject, and whether the reader's schema reads it. */
export interface CheckedVersion {
  readonly version: SchemaVersion;
  readonly id: SchemaId;
  /** Null when it can be read, and is none of the newest that are kept. */
  readonly reading: WriterReading | null;
}

type AskedRegistry = Pick<RegistryClient, "versions" | "schemaOfVersion" | "schemaById">;

export interface CheckOptions {
  /** Whether what resolution does is told in each reading. Default false. */
  readonly explain?: boolean;
  /** Of how many versions, the newest, the readings are kept. Default 1000, as a decoder does. */
  readonly maxKept?: number;
}

/** A subject may have thousands of versions, and a registry other callers. */
const askedAtOnce = 8;

/**
 * The live versions, oldest first; empty when there is no such subject. Throws RegistryError, and AvroError when the
 * reader's schema itself is unusable.
 */
export async function checkVersions<Read, Write>(
  registry: AskedRegistry,
  subject: SubjectName,
  schema: TypedSchema<Read, Write>,
  { explain = false, maxKept = 1000 }: CheckOptions = {},
): Promise<readonly CheckedVersion[]> {
  const reader = createReaderSchema(schema, { explain });
  const limit = createLimit(askedAtOnce);
  const check = async (version: SchemaVersion, isKept: boolean): Promise<readonly CheckedVersion[]> => {
    const found = await registry.schemaOfVersion(subject, version);
    const registered = found === null ? null : await registry.schemaById(found.id);
    // Deleted since the versions were listed.
    if (found === null || registered === null) return [];
    const reading = createReading(found.id, registered, reader);
    return [{ version, id: found.id, reading: isKept || reading.kind === "unreadable" ? reading : null }];
  };
  const versions = await registry.versions(subject);
  return (
    await Promise.all(
      versions.map((version, index) => limit(() => check(version, index >= versions.length - maxKept))),
    )
  ).flat();
}

/** Why the versions that cannot be read keep a run from starting; null when all can be read. */
export function refuseUnreadable(
  subject: SubjectName,
  schema: Pick<TypedSchema<unknown>, "name" | "version" | "fingerprint">,
  checked: readonly CheckedVersion[],
): SerdeError | null {
  const unreadable = checked.filter(({ reading }) => reading?.kind === "unreadable");
  if (unreadable.length === 0) return null;
  const reasons = unreadable.flatMap(({ version, id, reading }) =>
    reading?.kind === "unreadable"
      ? [{ version, id, message: reading.message, findings: reading.findings }]
      : [],
  );
  const list = unreadable.map(({ version }) => version).join(", ");
  const which = `${unreadable.length} of ${checked.length} versions of subject ${subject} (${list})`;
  return new SerdeError("unreadable-versions", `${which} cannot be read as ${nameReader(schema)}`, {
    details: { subject, versions: reasons, fingerprint: schema.fingerprint },
  });
}

/** As `birdwire.Tweet version 3`. */
export function nameReader({ name, version }: Pick<TypedSchema<unknown>, "name" | "version">): string {
  return `${name ?? "the reader schema"}${version === null ? "" : ` version ${version}`}`;
}
