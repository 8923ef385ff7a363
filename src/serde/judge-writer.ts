/**
 * One writer as a reader sees it: where its schema is filed, and whether what it wrote can be read.
 */
import { fullNameText, isNamed } from "../avro/model.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SchemaId, SchemaVersion, SubjectName } from "../kernel/brand.ts";
import type { RegisteredSchema, RegistryClient } from "../registry/client.ts";
import { RegistryError } from "../registry/error.ts";
import { createReaderSchema, createReading, parseWriter, type WriterReading } from "./writer.ts";

export interface JudgedWriter {
  readonly id: SchemaId;
  /** The reader's subject where the schema is filed there, else another one; null for none. */
  readonly subject: SubjectName | null;
  readonly version: SchemaVersion | null;
  /** Full name of what it wrote, where the reader's has another name; null where that is not what keeps them apart. */
  readonly otherType: string | null;
  /** Null when the registry does not know the id. */
  readonly reading: WriterReading | null;
}

/** Rejects with RegistryError; the reader's schema must be usable. */
export async function judgeWriter(
  registry: Pick<RegistryClient, "schemaById" | "versionsOfId">,
  id: SchemaId,
  { subject, schema }: { readonly subject: SubjectName; readonly schema: TypedSchema<unknown> },
): Promise<JudgedWriter> {
  const registered = await registry.schemaById(id);
  if (registered === null) return { id, subject: null, version: null, otherType: null, reading: null };
  const reading = createReading(id, registered, createReaderSchema(schema));
  const filed = await registry.versionsOfId(id).catch((error: unknown) => {
    // Only shown.
    if (!(error instanceof RegistryError)) throw error;
    return [];
  });
  const place = filed.find((entry) => entry.subject === subject) ?? filed[0];
  return {
    id,
    subject: place?.subject ?? null,
    version: place?.version ?? null,
    otherType: otherTypeOf(registered, reading),
    reading,
  };
}

function otherTypeOf(registered: RegisteredSchema, reading: WriterReading): string | null {
  if (reading.kind === "readable") return null;
  const isOther = reading.findings.some(
    ({ rule, readerPath }) => rule === "NAME_MISMATCH" && readerPath === "/name",
  );
  const writer = isOther ? parseWriter(registered) : null;
  return writer !== null && isNamed(writer) ? fullNameText(writer.fullName) : null;
}
