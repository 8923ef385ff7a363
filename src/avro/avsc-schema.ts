/**
 * The schema model as JSON that avsc takes: each name in full, logical types left out, and no default that is not a
 * value of its type (registries accept some; a field with such a default has none that could be used).
 */
import type { PartNotes } from "./avsc-types.ts";
import { AvroError } from "./error.ts";
import { type AvroSchema, fullNameText, type NamedSchema, type RecordField } from "./model.ts";
import { bucketOfMapped, isWrappedUnion, type ValueBucket } from "./union-shape.ts";
import { isOptionalField } from "./value-check.ts";
import { type MappedType, mappedTypeOf, type ValueMapping } from "./value-mapping.ts";

export interface AvscSchema {
  readonly schema: unknown;
  readonly notes: PartNotes;
}

/** @throws {AvroError} `invalid-schema` for a name that avsc cannot hold. */
export function toAvscSchema(root: AvroSchema, mapping: ValueMapping = {}): AvscSchema {
  const defined = new Set<NamedSchema>();
  const wrapped = new Set<unknown>();
  const mapped = new Map<unknown, MappedType>();
  const buckets = new Map<unknown, readonly ValueBucket[]>();

  const print = (type: AvroSchema): unknown => {
    switch (type.kind) {
      case "array":
        return { type: "array", items: print(type.items) };
      case "map":
        return { type: "map", values: print(type.values) };
      case "union": {
        const union = type.branches.map(print);
        if (isWrappedUnion(type, mapping)) wrapped.add(union);
        else if (type.branches.some((branch) => mappedTypeOf(branch, mapping) !== null)) {
          buckets.set(
            union,
            type.branches.map((branch) => bucketOfMapped(branch, mapping)),
          );
        }
        return union;
      }
      case "record":
      case "enum":
      case "fixed":
        return printNamed(type);
      default: {
        const value = mappedTypeOf(type, mapping);
        return value === null ? type.kind : note({ type: type.kind }, value);
      }
    }
  };

  const note = (part: object, value: MappedType): object => {
    mapped.set(part, value);
    return part;
  };

  const printNamed = (type: NamedSchema): unknown => {
    // A leading dot keeps a name without a namespace out of the enclosing one.
    const name = fullNameText(type.fullName);
    if (defined.has(type)) return type.fullName.namespace === null ? `.${name}` : name;
    defined.add(type);
    const aliases = type.aliases.map((alias) =>
      alias.namespace === null ? `.${alias.name}` : fullNameText(alias),
    );
    const head = { name, ...(type.fullName.namespace === null ? { namespace: "" } : {}), aliases };
    switch (type.kind) {
      case "record":
        return { ...head, type: "record", fields: type.fields.map((field) => printField(type, field)) };
      case "enum":
        return {
          ...head,
          type: "enum",
          symbols: type.symbols,
          ...(type.default === undefined ? {} : { default: type.default }),
        };
      case "fixed": {
        const part = { ...head, type: "fixed", size: type.size };
        const value = mappedTypeOf(type, mapping);
        return value === null ? part : note(part, value);
      }
    }
  };

  const printField = (record: NamedSchema, field: RecordField): unknown => {
    if (field.name === unheldField) throw refuseField(record);
    return {
      name: field.name,
      type: print(field.type),
      aliases: field.aliases,
      ...(isOptionalField(field, mapping) ? { default: field.default } : {}),
    };
  };

  return { schema: print(root), notes: { wrapped, mapped, buckets } };
}

/** No object can be trusted to have such a field of its own. */
const unheldField = "__proto__";

function refuseField(record: NamedSchema): AvroError {
  const name = fullNameText(record.fullName);
  const reason = `the codec cannot hold the field "${unheldField}" of ${name}: to JavaScript that is an object's prototype; give the field another name, and this one as an alias`;
  return new AvroError("invalid-schema", reason, { details: { reason, name: unheldField } });
}

/** Why no codec can be made for the schema, so that types for it would be of no use; null when one can. */
export function findUnheldField(types: readonly NamedSchema[]): AvroError | null {
  const found = types.find(
    (type) => type.kind === "record" && type.fields.some((field) => field.name === unheldField),
  );
  return found === undefined ? null : refuseField(found);
}
