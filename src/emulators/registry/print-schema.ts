/**
 * The text that is stored: canonical, and with the types that come from references named rather than written out.
 */
import { toSchemaJson } from "../../avro/canonical.ts";
import { type AvroSchema, fullNameText } from "../../avro/model.ts";
import { namedTypesOf } from "../../avro/parse-schema.ts";
import { isJsonObject } from "../../kernel/json.ts";

export function printSchema(schema: AvroSchema, references: readonly AvroSchema[]): string {
  const printed = toSchemaJson(schema);
  if (references.length === 0) return JSON.stringify(printed);
  const foreign = new Set(references.flatMap(namedTypesOf).map((type) => fullNameText(type.fullName)));
  return JSON.stringify(nameForeignTypes(printed, "", foreign));
}

/** `namespace` is "" where there is none. */
function nameForeignTypes(type: unknown, namespace: string, foreign: ReadonlySet<string>): unknown {
  if (Array.isArray(type)) {
    return type.map((branch: unknown) => nameForeignTypes(branch, namespace, foreign));
  }
  if (!isJsonObject(type)) return type;
  if (type.type === "array") return { ...type, items: nameForeignTypes(type.items, namespace, foreign) };
  if (type.type === "map") return { ...type, values: nameForeignTypes(type.values, namespace, foreign) };
  if (typeof type.name !== "string") return type;
  const own = typeof type.namespace === "string" ? type.namespace : namespace;
  const fullName = own === "" ? type.name : `${own}.${type.name}`;
  if (foreign.has(fullName)) return own === namespace ? type.name : fullName;
  if (!Array.isArray(type.fields)) return type;
  const fields = type.fields.map((field: unknown) =>
    isJsonObject(field) ? { ...field, type: nameForeignTypes(field.type, own, foreign) } : field,
  );
  return { ...type, fields };
}
