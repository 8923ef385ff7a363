/**
 * Which JavaScript value stands for a long or a logical type, where there is a choice (Avro specification, "Logical
 * Types"). A logical type that does not fit its base type is none.
 */
import type { AvroSchema } from "./model.ts";

/** What is absent has the first choice. */
export interface ValueMapping {
  /** A number is refused beyond 2^53-1, on both ways; a bigint holds all 64 bits. */
  readonly long?: "number" | "bigint";
  /** `timestamp-millis` of a long: milliseconds since 1970, or a Date. */
  readonly timestampMillis?: "number" | "date";
  /** `decimal` of bytes or fixed: the unscaled number's bytes, or a text such as `-12.50`, of as many digits as the scale. */
  readonly decimal?: "buffer" | "string";
  /** `uuid` of a string: any text, or only a UUID (RFC 9562). */
  readonly uuid?: "string" | "checked";
}

export type MappedType =
  | { readonly kind: "bigint" }
  | { readonly kind: "date" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "uuid" };

/** How a value of the type itself is mapped, its parts left out; null when it is as the base type says. */
export function mappedTypeOf(schema: AvroSchema, mapping: ValueMapping): MappedType | null {
  switch (schema.kind) {
    case "long":
      // A timestamp is within a number's range by itself.
      if (schema.logicalType === "timestamp-millis") {
        return mapping.timestampMillis === "date" ? { kind: "date" } : null;
      }
      return mapping.long === "bigint" ? { kind: "bigint" } : null;
    case "string":
      return schema.logicalType === "uuid" && mapping.uuid === "checked" ? { kind: "uuid" } : null;
    case "bytes":
    case "fixed":
      if (schema.logicalType !== "decimal" || mapping.decimal !== "string") return null;
      return decimalOf(schema.props, schema.kind === "fixed" ? schema.size : null);
    default:
      return null;
  }
}

function decimalOf(props: AvroSchema["props"], size: number | null): MappedType | null {
  const { precision, scale = 0 } = props;
  if (!isCount(precision) || !isCount(scale) || precision === 0 || scale > precision) return null;
  if (size !== null && precision > Math.floor(Math.log10(2) * (8 * size - 1))) return null;
  return { kind: "decimal", precision, scale };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const smallestLong = -(2n ** 63n);
const largestLong = 2n ** 63n - 1n;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The check of a mapped value. */
export function isMappedValue(type: MappedType, value: unknown): boolean {
  switch (type.kind) {
    case "bigint":
      return typeof value === "bigint" && value >= smallestLong && value <= largestLong;
    case "date":
      return value instanceof Date && !Number.isNaN(value.getTime());
    case "uuid":
      return typeof value === "string" && uuidPattern.test(value);
    case "decimal":
      return typeof value === "string" && parseDecimal(type, value) !== null;
  }
}

/** True when a default, already one of the base type, is one of the mapped type. */
export function isMappedDefault(type: MappedType, value: unknown): boolean {
  switch (type.kind) {
    case "bigint":
      return true;
    case "date":
      return isMappedValue(type, new Date(Number(value)));
    case "uuid":
      return isMappedValue(type, value);
    case "decimal": {
      const bytes = Buffer.from(String(value), "latin1");
      return bytes.length > 0 && isMappedValue(type, formatDecimal(type, fromDecimalBytes(bytes)));
    }
  }
}

/** What is wanted where `isMappedValue` says no. */
export function describeMapped(type: MappedType): string {
  switch (type.kind) {
    case "bigint":
      return "a bigint from -2^63 to 2^63-1";
    case "date":
      return "a valid Date";
    case "uuid":
      return "a UUID of 36 characters";
    case "decimal":
      return `a decimal text of at most ${type.precision} digits, ${type.scale} of them after the point`;
  }
}

type DecimalType = Extract<MappedType, { kind: "decimal" }>;

/** The unscaled number; null when the text is none or has too many digits. */
export function parseDecimal({ precision, scale }: DecimalType, text: string): bigint | null {
  const match = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", part = ""] = match;
  if (part.length > scale) return null;
  const digits = (whole + part.padEnd(scale, "0")).replace(/^0+(?=[0-9])/, "");
  if (digits.length > precision) return null;
  return BigInt(`${sign}${digits}`);
}

/** The text of an unscaled number, with exactly `scale` digits after the point. */
export function formatDecimal({ scale }: DecimalType, unscaled: bigint): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`;
}

/** Big-endian two's complement, as short as it can be, or of `size` bytes. */
export function toDecimalBytes(unscaled: bigint, size: number | null): Buffer {
  let length = size ?? 1;
  if (size === null) while (BigInt.asIntN(8 * length, unscaled) !== unscaled) length += 1;
  const hex = BigInt.asUintN(8 * length, unscaled).toString(16);
  return Buffer.from(hex.padStart(2 * length, "0"), "hex");
}

/** The unscaled number of at least one byte. */
export function fromDecimalBytes(bytes: Buffer): bigint {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString("hex")}`));
}
