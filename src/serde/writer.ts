/**
 * One writer's schema held against the reader's: a function that reads its payloads, or the reason why there is none.
 */
import { toSchemaText } from "../avro/canonical.ts";
import { createResolver } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import type { AvroSchema } from "../avro/model.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";
import type { ValueMapping } from "../avro/value-mapping.ts";
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { formatFinding } from "../evolution/finding.ts";
import type { SchemaId } from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import type { RegisteredSchema } from "../registry/client.ts";

export type WriterReading =
  | { readonly kind: "readable"; readonly decode: (payload: Buffer) => unknown }
  | { readonly kind: "unreadable"; readonly code: "not-avro" | "incompatible"; readonly message: string };

export interface ReaderSchema {
  readonly json: string;
  readonly schema: AvroSchema;
  readonly values?: ValueMapping | undefined;
}

export function createReading(
  id: SchemaId,
  registered: RegisteredSchema,
  reader: ReaderSchema,
): WriterReading {
  if (registered.schemaType !== "AVRO") {
    return {
      kind: "unreadable",
      code: "not-avro",
      message: `schema ${id} is of type ${registered.schemaType}, not AVRO`,
    };
  }
  let writer: AvroSchema;
  try {
    writer = parseWriter(registered);
  } catch (error) {
    return {
      kind: "unreadable",
      code: "not-avro",
      message: `schema ${id} is no usable Avro schema: ${describeCause(error)}`,
    };
  }
  const findings = checkCompatibility({ reader: reader.schema, writer });
  if (findings.length > 0) {
    return incompatible(id, findings.map(formatFinding).join("; "));
  }
  try {
    return {
      kind: "readable",
      decode: createResolver(toSchemaText(writer), reader.json, reader.values).decode,
    };
  } catch (error) {
    // The rules allow it, and the codec cannot do it.
    if (!(error instanceof AvroError)) throw error;
    return incompatible(id, error.message);
  }
}

function incompatible(id: SchemaId, why: string): WriterReading {
  return {
    kind: "unreadable",
    code: "incompatible",
    message: `what schema ${id} wrote cannot be read: ${why}`,
  };
}

/** Each referenced schema may use those before it. Throws AvroError. */
export function parseWriter({ schemaText, references }: RegisteredSchema): AvroSchema {
  const parsed: AvroSchema[] = [];
  for (const reference of references) {
    parsed.push(parseSchemaText(reference.schemaText, { references: parsed }));
  }
  return parseSchemaText(schemaText, { references: parsed });
}
