/**
 * Fields that are called as something that every object has (`constructor`, `toString`): only a value's own are its
 * fields. avsc reads the prototype's where the value leaves one out.
 */
import type { AvroSchema, NamedSchema, RecordField } from "./model.ts";
import { namedTypesOf } from "./parse-schema.ts";

/** True for a name that an object has without being given it. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}

/** The value's own field; undefined where it has none. */
export function ownField(source: Readonly<Record<string, unknown>>, name: string): unknown {
  return isInherited(name) && !Object.hasOwn(source, name) ? undefined : source[name];
}

/** Whether a value may leave out a field that its prototype has. */
export function mayLackInherited(schema: AvroSchema, isOptional: (field: RecordField) => boolean): boolean {
  return namedTypesOf(schema).some(
    (type: NamedSchema) =>
      type.kind === "record" && type.fields.some((field) => isInherited(field.name) && isOptional(field)),
  );
}

/** The value without prototypes, as deep as it goes; what is no plain object or array stays what it is. */
export function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== "object" || value === null) return value;
  if (Object.prototype.toString.call(value) !== "[object Object]") return value;
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, part] of Object.entries(value)) copy[key] = withoutPrototypes(part);
  return copy;
}
