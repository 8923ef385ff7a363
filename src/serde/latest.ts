/**
 * Values of our schema written with another one: the version of a subject that was registered last, where only others
 * may register. What is written is what a consumer with that version would read of ours, by Avro's resolution rules.
 */
import { toParsingCanonicalForm, toSchemaText } from "../avro/canonical.ts";
import { createCodec, createResolver } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import type { AvroSchema } from "../avro/model.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { type Finding, formatFinding } from "../evolution/finding.ts";
import type { SchemaId, SchemaVersion, SubjectName } from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import type { RegistryClient } from "../registry/client.ts";
import { SerdeError } from "./error.ts";
import { listLeftOut } from "./left-out.ts";
import { parseWriter } from "./writer.ts";

export interface LatestWriting {
  readonly schemaId: SchemaId;
  readonly version: SchemaVersion;
  /** Our fields that this version has no place for. */
  readonly leftOut: readonly string[];
  /** As `AvroCodec.encodeInto`. */
  encodeInto(target: Buffer, offset: number, value: unknown): number;
}

/** Throws RegistryError, SerdeError `schema-not-registered` or `latest-incompatible`. */
export async function openLatest<Read, Write>(
  registry: Pick<RegistryClient, "schemaOfVersion" | "schemaById">,
  schema: TypedSchema<Read, Write>,
  subject: SubjectName,
): Promise<LatestWriting> {
  const latest = await registry.schemaOfVersion(subject, "latest");
  const registered = latest === null ? null : await registry.schemaById(latest.id);
  if (latest === null || registered === null) {
    throw new SerdeError("schema-not-registered", `nothing is registered under subject ${subject}`, {
      details: { subject, name: schema.name, version: schema.version, fingerprint: schema.fingerprint },
    });
  }
  const { id: schemaId, version } = latest;
  const incompatible = (why: string, findings: readonly Finding[] = [], cause?: unknown) =>
    new SerdeError(
      "latest-incompatible",
      `${schema.name ?? "our schema"}${schema.version === null ? "" : ` version ${schema.version}`} cannot be written as version ${version} of subject ${subject}: ${why}`,
      { details: { subject, version, schemaId, findings }, cause },
    );
  if (registered.schemaType !== "AVRO")
    throw incompatible(`it is of type ${registered.schemaType}, not AVRO`);

  const ours = createCodec(schema.json, schema.values);
  let theirs: AvroSchema;
  try {
    theirs = parseWriter(registered);
  } catch (cause) {
    throw incompatible(`it is no usable Avro schema: ${describeCause(cause)}`, [], cause);
  }
  if (toParsingCanonicalForm(theirs) === toParsingCanonicalForm(ours.schema)) {
    return { schemaId, version, leftOut: [], encodeInto: ours.encodeInto };
  }
  const findings = checkCompatibility({ reader: theirs, writer: ours.schema });
  if (findings.length > 0) throw incompatible(findings.map(formatFinding).join("; "), findings);
  const text = toSchemaText(theirs);
  try {
    const codec = createCodec(text, schema.values);
    const resolver = createResolver(schema.json, text, schema.values);
    return {
      schemaId,
      version,
      leftOut: listLeftOut({ reader: theirs, writer: ours.schema }),
      encodeInto: (target, offset, value) =>
        codec.encodeInto(target, offset, resolver.decode(ours.encode(value))),
    };
  } catch (cause) {
    // The rules allow it, and the codec cannot do it.
    if (!(cause instanceof AvroError)) throw cause;
    throw incompatible(cause.message, [], cause);
  }
}
