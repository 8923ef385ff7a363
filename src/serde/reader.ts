/**
 * Schemas to read with that no code was generated for: a version that the registry has, or a text. Values are then
 * what the codec makes of them (`RenderedRecord.value`).
 */
import { toSchemaText } from "../avro/canonical.ts";
import { fingerprintOf } from "../avro/fingerprint.ts";
import { type AvroSchema, fullNameText, isNamed } from "../avro/model.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SchemaVersion, SubjectName } from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import type { RegistryClient } from "../registry/client.ts";
import { SerdeError } from "./error.ts";
import { parseWriter } from "./writer.ts";

/** References are written out. Throws RegistryError, or SerdeError `no-reader`. */
export async function fetchReader(
  registry: Pick<RegistryClient, "schemaOfVersion" | "schemaById">,
  subject: SubjectName,
  version: SchemaVersion | "latest",
): Promise<TypedSchema<unknown>> {
  const which = version === "latest" ? "the latest version" : `version ${version}`;
  const refuse = (why: string, cause?: unknown) =>
    new SerdeError("no-reader", `${which} of subject ${subject} cannot be read with: ${why}`, {
      details: { subject, version },
      cause,
    });
  const found = await registry.schemaOfVersion(subject, version);
  const registered = found === null ? null : await registry.schemaById(found.id);
  if (found === null || registered === null) throw refuse("the registry has none");
  if (registered.schemaType !== "AVRO") {
    throw refuse(`schema ${found.id} is of type ${registered.schemaType}, not AVRO`);
  }
  try {
    return describeReader(parseWriter(registered), found.version);
  } catch (cause) {
    throw refuse(`schema ${found.id} is no usable Avro schema: ${describeCause(cause)}`, cause);
  }
}

/** Throws AvroError `not-json` or `invalid-schema`. */
export function parseReader(schemaText: string): TypedSchema<unknown> {
  return describeReader(parseSchemaText(schemaText), null);
}

/** As codegen would describe it, without types; longs are bigints, so that none is too large to be shown. */
export function describeReader(schema: AvroSchema, version: number | null): TypedSchema<unknown> {
  return {
    name: isNamed(schema) ? fullNameText(schema.fullName) : null,
    version,
    fingerprint: fingerprintOf(schema),
    json: toSchemaText(schema),
    values: { long: "bigint" },
  };
}
