/**
 * How a schema and a version look in an answer. The guid is made of the content, so it is the same everywhere.
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../../kernel/json.ts";
import type { SchemaInContext } from "./request.ts";
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

export function describeSchema(schema: StoredSchema): JsonObject {
  return {
    guid: guidOf(schema),
    schemaType: schema.schemaType,
    ...(schema.references.length > 0 && { references: schema.references }),
    ...(schema.metadata !== null && { metadata: schema.metadata }),
    schema: schema.text,
  };
}

export function describeVersion({ subject, version, schema }: StoredVersion): JsonObject {
  return { subject, version, id: schema.id, ...describeSchema(schema) };
}
