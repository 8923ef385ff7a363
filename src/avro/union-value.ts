/**
 * A union's value as the codec has it: the branch that it is of, and the value itself.
 */
import { type AvroSchema, branchName, type UnionSchema } from "./model.ts";
import { bucketOfMapped, bucketOfValue, isWrappedUnion } from "./union-shape.ts";
import type { ValueMapping } from "./value-mapping.ts";

export interface UnionValue {
  readonly branch: AvroSchema;
  /** Place of the branch in the union. */
  readonly index: number;
  readonly value: unknown;
}

/** The value must be one of the union's. */
export function openUnion(union: UnionSchema, value: unknown, mapping: ValueMapping = {}): UnionValue {
  const find = (isIt: (branch: AvroSchema) => boolean, inner: unknown): UnionValue => {
    const index = union.branches.findIndex(isIt);
    const branch = union.branches[index];
    if (branch === undefined) throw new TypeError("a value of no branch of the union");
    return { branch, index, value: inner };
  };
  if (value !== null && isWrappedUnion(union, mapping)) {
    const [name, inner] = Object.entries(value as object)[0] as [string, unknown];
    return find((branch) => branchName(branch) === name, inner);
  }
  const bucket = bucketOfValue(value);
  return find((branch) => bucketOfMapped(branch, mapping) === bucket, value);
}
