/**
 * One writer's schema held against the reader's: a function that reads its payloads, or the reason why there is none.
 */
import { type AvroReader, type AvroResolver, createReader } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import type { AvroSchema } from "../avro/model.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { explainResolution, type ResolutionStep } from "../evolution/explain-resolution.ts";
import { type Finding, formatFinding } from "../evolution/finding.ts";
import { findWriterField } from "../evolution/rules.ts";
import type { SchemaId } from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import type { RegisteredSchema } from "../registry/client.ts";

export type WriterReading =
  | {
      readonly kind: "readable";
      readonly decode: (payload: Buffer) => unknown;
      /** What `decode` is of; writers of one form share it. */
      readonly resolver: AvroResolver;
      /** Names of the reader's fields that the writer fills: the others have their defaults. null when either is no record. */
      readonly fields: ReadonlySet<string> | null;
      /** What resolution does to its values; undefined unless it was asked for. */
      readonly resolution: readonly ResolutionStep[] | undefined;
    }
  | {
      readonly kind: "unreadable";
      readonly code: "not-avro" | "incompatible";
      readonly message: string;
      /** Where the two schemas do not go together; empty when that is not what is wrong. */
      readonly findings: readonly Finding[];
    };

export interface ReaderSchema {
  readonly schema: AvroSchema;
  /** Throws AvroError. */
  readonly resolverOf: (writer: AvroSchema) => AvroResolver;
  /** Whether what resolution does is told. */
  readonly explain: boolean;
}

/** Throws AvroError for a schema that cannot be read. */
export function createReaderSchema(
  { json, values }: Pick<TypedSchema<unknown>, "json" | "values">,
  { explain = false }: { readonly explain?: boolean | undefined } = {},
): ReaderSchema {
  const schema = parseSchemaText(json);
  // One that the codec cannot hold is told of with each writer.
  let reader: AvroReader | undefined;
  return {
    schema,
    explain,
    resolverOf(writer) {
      reader ??= createReader(schema, values);
      return reader.resolverOf(writer);
    },
  };
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
      findings: [],
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
      findings: [],
    };
  }
  const findings = checkCompatibility({ reader: reader.schema, writer });
  if (findings.length > 0) {
    return incompatible(id, findings.map(formatFinding).join("; "), findings);
  }
  try {
    const resolver = reader.resolverOf(writer);
    return {
      kind: "readable",
      decode: resolver.decode,
      resolver,
      fields: filledFields(reader.schema, writer),
      resolution: reader.explain ? explainResolution({ reader: reader.schema, writer }) : undefined,
    };
  } catch (error) {
    // The rules allow it, and the codec cannot do it.
    if (!(error instanceof AvroError)) throw error;
    return incompatible(id, error.message);
  }
}

function filledFields(reader: AvroSchema, writer: AvroSchema): ReadonlySet<string> | null {
  if (reader.kind !== "record" || writer.kind !== "record") return null;
  const filled = reader.fields.filter((field) => findWriterField(writer, field) !== null);
  return new Set(filled.map(({ name }) => name));
}

function incompatible(id: SchemaId, why: string, findings: readonly Finding[] = []): WriterReading {
  return {
    kind: "unreadable",
    code: "incompatible",
    message: `what schema ${id} wrote cannot be read: ${why}`,
    findings,
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
