/**
 * How a union's value looks in JavaScript: bare when the value itself tells the branch, else wrapped as
 * `{branchName: value}` (null is always bare). The rule is avsc's: two branches of one bucket make a union wrapped.
 */
import type { AvroSchema, UnionSchema } from "./model.ts";

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

/** The bucket of a value; null when no Avro value looks like that. */
export function bucketOfValue(value: unknown): ValueBucket | null {
  switch (typeof value) {
    case "boolean":
    case "number":
    case "string":
      return typeof value as ValueBucket;
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return "array";
      return Buffer.isBuffer(value) ? "buffer" : "object";
    default:
      return null;
  }
}

/** True when values other than null are objects with one key, the branch's name. */
export function isWrappedUnion(union: UnionSchema): boolean {
  const buckets = union.branches.map(bucketOfType);
  return new Set(buckets).size < buckets.length;
}
