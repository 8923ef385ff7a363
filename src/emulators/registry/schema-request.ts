/**
 * The body of register, look up and check: a schema with its references, brought into the form it is stored in.
 */

import { AvroError } from "../../avro/error.ts";
import type { AvroSchema } from "../../avro/model.ts";
import { parseSchemaText } from "../../avro/parse-schema.ts";
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { qualifyBeside } from "./context.ts";
import { refusedSchemaTypes } from "./coverage.ts";
import { printSchema } from "./print-schema.ts";
import { refuse } from "./refusal.ts";
import { readMetadata } from "./schema-metadata.ts";
import type { Reference, RegistryStore, SchemaContent } from "./store.ts";

/**
 * For `subject`; null when the body carries no schema text.
 * Throws Refusal 42201 with the parser's reason, and 404 for a rule set.
 */
export function readSchema(body: JsonObject, subject: string, store: RegistryStore): SchemaContent | null {
  const schemaType = readSchemaType(body.schemaType);
  if (body.ruleSet !== undefined && body.ruleSet !== null) throw refuse.notEmulated("ruleSet");
  const { schema } = body;
  if (schema === undefined || schema === null || schema === "") return null;
  if (typeof schema !== "string") throw refuse.badRequest('The field "schema" must be a string');
  const references = readReferences(body.references, subject, store);
  const avro = parseAvro(
    schema,
    references.map(({ avro }) => avro),
  );
  return {
    schemaType,
    text: printSchema(
      avro,
      references.map((reference) => reference.avro),
    ),
    references: references.map(({ reference }) => reference),
    metadata: readMetadata(body),
    avro,
  };
}

function readSchemaType(value: unknown): "AVRO" {
  if (value === undefined || value === null || value === "") return "AVRO";
  if (value === "AVRO") return "AVRO";
  if (refusedSchemaTypes.some((name) => name === value)) {
    throw refuse.invalidSchema(`Schemas of type ${String(value)} are not emulated; only AVRO is`);
  }
  throw refuse.invalidSchema(`Invalid schema type ${String(value)}`);
}

function parseAvro(text: string, references: readonly AvroSchema[]): AvroSchema {
  try {
    return parseSchemaText(text, { references });
  } catch (error) {
    // A schema nested deeper than the stack is invalid, too, not a failure of the server.
    if (!(error instanceof AvroError || error instanceof RangeError)) throw error;
    const shown = text.length > 1000 ? `${text.slice(0, 1000)}...` : text;
    throw refuse.invalidSchema(`Invalid schema ${shown} of type AVRO, details: ${error.message}`);
  }
}

interface ResolvedReference {
  readonly reference: Reference;
  readonly avro: AvroSchema;
}

/** Version -1 is the latest one, and is stored as its number. */
function readReferences(
  value: unknown,
  referrer: string,
  store: RegistryStore,
): readonly ResolvedReference[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuse.badRequest('The field "references" must be an array');
  return value.map((item: unknown) => {
    if (!isJsonObject(item)) throw refuse.badRequest("A reference must be an object");
    const { name, subject, version } = item;
    if (typeof name !== "string" || typeof subject !== "string" || typeof version !== "number") {
      throw refuse.invalidSchema("A reference needs a name, a subject and a version");
    }
    const found =
      version === -1
        ? store.liveVersions(qualifyBeside(referrer, subject)).at(-1)
        : store.allVersions(qualifyBeside(referrer, subject)).find((entry) => entry.version === version);
    if (found === undefined) {
      throw refuse.invalidSchema(
        `Invalid schema: no schema reference found for subject "${subject}" and version ${version}`,
      );
    }
    return { reference: { name, subject, version: found.version }, avro: found.schema.avro };
  });
}
