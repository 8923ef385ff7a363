/**
 * How a union's value looks in JavaScript: bare when the value itself tells the branch, else wrapped as
 * `{branchName: value}` (null is always bare). The rule is avsc's: two branches of one bucket make a union wrapped.
 */
import type { AvroSchema, UnionSchema } from "./model.ts";
import { mappedTypeOf, type ValueMapping } from "./value-mapping.ts";

/** What `typeof` and its like can tell apart. */
export type ValueBucket = "null" | "boolean" | "number" | "string" | "buffer" | "array" | "object" | "union";

export function bucketOfType(type: AvroSchema): ValueBucket {
  switch (type.kind) {
    case "int":
    case "long":
    case "float":
    case "double":
      return "number";
    case "string":
    case "enum":
      return "string";
    case "bytes":
    case "fixed":
      return "buffer";
    case "record":
    case "map":
      return "object";
    default:
      return type.kind;
  }
}

/** Where the type's values are put when they are mapped: bigints and Dates with the numbers that they stand for. */
export function bucketOfMapped(type: AvroSchema, mapping: ValueMapping): ValueBucket {
  return mappedTypeOf(type, mapping)?.kind === "decimal" ? "string" : bucketOfType(type);
}

/** The bucket of a value; null when no Avro value looks like that. */
export function bucketOfValue(value: unknown): ValueBucket | null {
  switch (typeof value) {
    case "boolean":
    case "number":
    case "string":
      return typeof value as ValueBucket;
    case "bigint":
      return "number";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return "array";
      if (Buffer.isBuffer(value)) return "buffer";
      return value instanceof Date ? "number" : "object";
    default:
      return null;
  }
}

/**
 * True when values other than null are objects with one key, the branch's name. A mapping never unwraps what is
 * wrapped without it; a decimal that is a text beside a string makes a union wrapped.
 */
export function isWrappedUnion(union: UnionSchema, mapping: ValueMapping = {}): boolean {
  const { branches } = union;
  const isShared = (buckets: readonly ValueBucket[]) => new Set(buckets).size < buckets.length;
  return (
    isShared(branches.map(bucketOfType)) ||
    isShared(branches.map((branch) => bucketOfMapped(branch, mapping)))
  );
}
