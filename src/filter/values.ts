/**
 * What a filter compares: the values of fields, of each Avro type, as texts, numbers, booleans and points in time.
 */
import { formatDecimal, formatIso } from "../render/logical.ts";
import { shortestFloat } from "../render/numbers.ts";
import type { Shape } from "../render/schema-shape.ts";
import { createBranchPicker } from "../render/union.ts";

/** A class, so that a time is never taken for a number. */
export class Instant {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export type Scalar = string | number | bigint | boolean | Instant;
/** `other` can only be tested for null: bytes, records, maps. */
export type Kind = "text" | "number" | "boolean" | "time" | "other";
export type FilterValue = Scalar | null | readonly (Scalar | null)[];

export interface Reading {
  readonly kinds: ReadonlySet<Kind>;
  readonly isList: boolean;
  /** Of a value that is not null. */
  readonly convert: (value: unknown) => FilterValue;
}

const nanosPer = { millis: 1_000_000n, micros: 1000n, nanos: 1n } as const;
const nanosPerDay = 86_400_000_000_000n;

/** What is no list and no union. */
function readScalar(shape: Shape): { kind: Kind; convert: (value: unknown) => Scalar | null } {
  const logical = "logical" in shape ? shape.logical : null;
  switch (shape.kind) {
    case "string":
    case "enum":
      return { kind: "text", convert: (value) => (typeof value === "string" ? value : null) };
    case "boolean":
      return { kind: "boolean", convert: (value) => (typeof value === "boolean" ? value : null) };
    case "float":
      return { kind: "number", convert: (value) => shortestFloat(Number(value)) };
    case "double":
      return { kind: "number", convert: (value) => Number(value) };
    case "int":
    case "long":
      if (logical?.kind === "timestamp") {
        const factor = nanosPer[logical.unit];
        return { kind: "time", convert: (value) => new Instant(toBigInt(value) * factor) };
      }
      if (logical?.kind === "date") {
        return { kind: "time", convert: (value) => new Instant(toBigInt(value) * nanosPerDay) };
      }
      if (logical?.kind === "time") return { kind: "text", convert: (value) => formatIso(logical, value) };
      return { kind: "number", convert: (value) => (typeof value === "bigint" ? value : Number(value)) };
    case "bytes":
    case "fixed":
      if (logical?.kind === "decimal") {
        const { scale } = logical;
        return {
          kind: "number",
          convert: (value) => (Buffer.isBuffer(value) ? Number(formatDecimal(value, scale)) : null),
        };
      }
      if (logical?.kind === "uuid") return { kind: "text", convert: (value) => formatIso(logical, value) };
      return { kind: "other", convert: () => true };
    default:
      // It is there: that is all that can be asked.
      return { kind: "other", convert: () => true };
  }
}

function toBigInt(value: unknown): bigint {
  return typeof value === "bigint" ? value : BigInt(Number(value));
}

/** How values of a shape are read. */
export function createReading(shape: Shape): Reading {
  if (shape.kind !== "array") {
    const { kind, convert } = readScalar(shape);
    return { kinds: new Set([kind]), isList: false, convert };
  }
  const branches = shape.items.kind === "union" ? shape.items.branches : [shape.items];
  const present = branches.map(readScalar);
  const pick = createBranchPicker(
    shape.items.kind === "union" ? shape.items : { kind: "union", branches, wrapped: false },
  );
  return {
    kinds: new Set(present.flatMap(({ kind }, index) => (branches[index]?.kind === "null" ? [] : [kind]))),
    isList: true,
    convert: (value) =>
      Array.isArray(value)
        ? value.map((item) => {
            const picked = item === null ? null : pick(item);
            return picked === null ? null : (present[picked.index]?.convert(picked.value) ?? null);
          })
        : null,
  };
}

/** Negative, 0 or positive; null for what has no order: kinds that differ, NaN, booleans that differ. */
export function compareScalars(left: Scalar, right: Scalar): number | null {
  if (left instanceof Instant || right instanceof Instant) {
    if (!(left instanceof Instant && right instanceof Instant)) return null;
    return order(left.nanos, right.nanos);
  }
  if (typeof left === "string" || typeof right === "string") {
    return typeof left === typeof right ? order(left, right) : null;
  }
  if (typeof left === "boolean" || typeof right === "boolean") return left === right ? 0 : null;
  return order(left, right);
}

function order(left: string | number | bigint | boolean, right: string | number | bigint | boolean) {
  if (left < right) return -1;
  if (left > right) return 1;
  // NaN is neither.
  return left >= right ? 0 : null;
}
