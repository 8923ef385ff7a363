/**
 * How a schema and a version look in an answer. The guid is made of the content, so it is the same everywhere.
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../../kernel/json.ts";
import { printSchema } from "./print-schema.ts";
import type { EmulatorRequest, SchemaInContext } from "./request.ts";
import { contentKey, type RegistryStore, type StoredSchema, type StoredVersion } from "./store.ts";

export function guidOf(schema: StoredSchema): string {
  const hex = createHash("md5").update(contentKey(schema)).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Everywhere the schema is: a GUID has one content, and an id in each context. */
export function findByGuid(store: RegistryStore, guid: string): readonly SchemaInContext[] {
  const wanted = guid.toLowerCase();
  return store.contexts().flatMap((context) => {
    const schema = store.schemas(context).find((candidate) => guidOf(candidate) === wanted);
    return schema === undefined ? [] : [{ context, schema }];
  });
}

/** As it is stored, or with the types of its references written out where they are first used. */
export type SchemaFormat = "stored" | "resolved";

/** `?format`; whatever the real server has no such format for is as it is stored. */
export function readFormat(request: EmulatorRequest): SchemaFormat {
  return request.query.get("format") === "resolved" ? "resolved" : "stored";
}

export function textOf(schema: StoredSchema, format: SchemaFormat): string {
  return format === "resolved" ? printSchema(schema.avro, []) : schema.text;
}

export function describeSchema(schema: StoredSchema, format: SchemaFormat = "stored"): JsonObject {
  return {
    guid: guidOf(schema),
    schemaType: schema.schemaType,
    ...(schema.references.length > 0 && { references: schema.references }),
    ...(schema.metadata !== null && { metadata: schema.metadata }),
    schema: textOf(schema, format),
  };
}

export function describeVersion(
  { subject, version, schema }: StoredVersion,
  format: SchemaFormat = "stored",
): JsonObject {
  return { subject, version, id: schema.id, ...describeSchema(schema, format) };
}
