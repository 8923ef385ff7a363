/**
 * The key of a record, taken from a field of its value: what is one text in every language.
 */
import type { AvroSchema } from "../avro/model.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";

export type KeyField =
  /** Null where the value has none. */
  | { readonly kind: "key"; readonly keyOf: (value: unknown) => Buffer | null }
  | { readonly kind: "refused"; readonly message: string };

const keyKinds: readonly AvroSchema["kind"][] = ["string", "enum", "int", "long"];

/** The key that a top-level field is, as UTF-8; or why it can be none. Throws AvroError for a schema that is none. */
export function createKeyField(schemaText: string, field: string): KeyField {
  const schema = parseSchemaText(schemaText);
  if (schema.kind !== "record")
    return { kind: "refused", message: `the schema is no record: it has no field ${field}` };
  const found = schema.fields.find(({ name }) => name === field);
  if (found === undefined) {
    const names = schema.fields.map(({ name }) => name).join(", ");
    return { kind: "refused", message: `${schema.fullName.name} has no field ${field}; it has ${names}` };
  }
  const branches = branchesOf(found.type);
  if (branches.length !== 1 || !keyKinds.includes(branches[0]?.kind ?? "null")) {
    return {
      kind: "refused",
      message: `the field ${field} is no string, enum or whole number, which alone are keys`,
    };
  }
  return {
    kind: "key",
    keyOf(value) {
      const given = (value as Readonly<Record<string, unknown>>)[field] ?? found.default ?? null;
      return given === null ? null : Buffer.from(String(given));
    },
  };
}

/** Whether records of the schema have a text under that name, always. */
export function hasTextField(schemaText: string, field: string): boolean {
  const schema = parseSchemaText(schemaText);
  return (
    schema.kind === "record" &&
    schema.fields.some(({ name, type }) => name === field && type.kind === "string")
  );
}

function branchesOf(schema: AvroSchema): readonly AvroSchema[] {
  return schema.kind === "union" ? schema.branches.filter(({ kind }) => kind !== "null") : [schema];
}
