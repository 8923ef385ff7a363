/**
 * Logical types as evolution sees them (Avro specification 1.12, "Logical Types"): resolution ignores them, so a
 * change of one changes what the same bytes mean and nobody objects. One that does not fit its type counts as none.
 */
import type { AvroSchema } from "../avro/model.ts";

/** Types that each standard logical type may annotate. */
const bases: Readonly<Record<string, readonly AvroSchema["kind"][]>> = {
  decimal: ["bytes", "fixed"],
  "big-decimal": ["bytes"],
  uuid: ["string", "fixed"],
  date: ["int"],
  "time-millis": ["int"],
  "time-micros": ["long"],
  "timestamp-millis": ["long"],
  "timestamp-micros": ["long"],
  "timestamp-nanos": ["long"],
  "local-timestamp-millis": ["long"],
  "local-timestamp-micros": ["long"],
  "local-timestamp-nanos": ["long"],
  duration: ["fixed"],
};

const unitsPerSecond: Readonly<Record<string, number>> = { millis: 1e3, micros: 1e6, nanos: 1e9 };

/** The logical type when it is in force, in the specification's or in somebody's own terms; null when it is not. */
export function effectiveLogicalType(type: AvroSchema): string | null {
  const name = type.logicalType;
  if (name === undefined || name === "") return null;
  if (!Object.hasOwn(bases, name)) return name;
  if (!bases[name]?.includes(type.kind)) return null;
  if (name === "decimal" && decimalOf(type) === null) return null;
  if (name === "uuid" && type.kind === "fixed" && type.size !== 16) return null;
  if (name === "duration" && type.kind === "fixed" && type.size !== 12) return null;
  return name;
}

export interface Decimal {
  readonly precision: number;
  readonly scale: number;
}

/** Digits of a valid decimal; null for anything else. */
export function decimalOf(type: AvroSchema): Decimal | null {
  if (type.logicalType !== "decimal" || !bases.decimal?.includes(type.kind)) return null;
  const { precision, scale = 0 } = type.props;
  if (typeof precision !== "number" || !Number.isInteger(precision) || precision < 1) return null;
  if (typeof scale !== "number" || !Number.isInteger(scale) || scale < 0 || scale > precision) return null;
  if (type.kind === "fixed" && precision > digitsOf(type.size)) return null;
  return { precision, scale };
}

/** Decimal digits that every number of so many bytes, signed, can have. */
function digitsOf(bytes: number): number {
  return Math.floor(Math.log10(2) * (8 * bytes - 1));
}

/** What a reader makes of values whose logical type was another: `written` and `read` as `effectiveLogicalType`. */
export function describeLogicalChange(written: string | null, read: string | null): string {
  const from = splitUnit(written);
  const to = splitUnit(read);
  if (from !== null && to !== null && from.stem === to.stem) {
    return `${from.unit} are read as ${to.unit}, which makes each value wrong by a factor of ${factor(from.unit, to.unit)}`;
  }
  if (written === null) return `plain values are read as ${read}`;
  if (read === null) return `values of ${written} are read as plain numbers, bytes or text`;
  return `values of ${written} are read as ${read}, which means something else by the same bytes`;
}

function splitUnit(name: string | null): { readonly stem: string; readonly unit: string } | null {
  const match = /^(.*)-(millis|micros|nanos)$/.exec(name ?? "");
  return match?.[1] === undefined || match[2] === undefined ? null : { stem: match[1], unit: match[2] };
}

function factor(from: string, to: string): number {
  const ratio = (unitsPerSecond[from] ?? 1) / (unitsPerSecond[to] ?? 1);
  return ratio < 1 ? Math.round(1 / ratio) : ratio;
}
