/**
 * Avro's logical types (specification 1.12) as ISO 8601 text, decimals and UUIDs.
 *
 * A value outside what its logical type can say (a time of day past midnight, a year no calendar here has) is not
 * an error: the functions return null, and the caller shows the underlying value.
 */
import type { JsonObject } from "../kernel/json.ts";

type TimeUnit = "millis" | "micros" | "nanos";

export type Logical =
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly zone: "Z" | "" }
  | { readonly kind: "time"; readonly unit: TimeUnit }
  | { readonly kind: "date" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "uuid" }
  | { readonly kind: "duration" };

/** Digits of a fraction of a second in each unit. */
const digitsOf = { millis: 3, micros: 6, nanos: 9 } as const;

const timesOfLong: Readonly<Record<string, Logical>> = {
  "timestamp-millis": { kind: "timestamp", unit: "millis", zone: "Z" },
  "timestamp-micros": { kind: "timestamp", unit: "micros", zone: "Z" },
  "timestamp-nanos": { kind: "timestamp", unit: "nanos", zone: "Z" },
  "local-timestamp-millis": { kind: "timestamp", unit: "millis", zone: "" },
  "local-timestamp-micros": { kind: "timestamp", unit: "micros", zone: "" },
  "local-timestamp-nanos": { kind: "timestamp", unit: "nanos", zone: "" },
  "time-micros": { kind: "time", unit: "micros" },
};

function readDecimal(json: JsonObject): Logical | null {
  const { precision, scale = 0 } = json;
  if (typeof precision !== "number" || !Number.isInteger(precision) || precision < 1) return null;
  if (typeof scale !== "number" || !Number.isInteger(scale) || scale < 0 || scale > precision) return null;
  return { kind: "decimal", precision, scale };
}

/** The logical type of a schema; null when there is none or it does not fit, which the specification ignores. */
export function readLogical(json: JsonObject, kind: string): Logical | null {
  const name = json.logicalType;
  if (typeof name !== "string") return null;
  switch (kind) {
    case "int":
      if (name === "date") return { kind: "date" };
      return name === "time-millis" ? { kind: "time", unit: "millis" } : null;
    case "long":
      return Object.hasOwn(timesOfLong, name) ? (timesOfLong[name] ?? null) : null;
    case "string":
      return name === "uuid" ? { kind: "uuid" } : null;
    case "bytes":
      return name === "decimal" ? readDecimal(json) : null;
    case "fixed":
      if (name === "decimal") return readDecimal(json);
      if (name === "uuid" && json.size === 16) return { kind: "uuid" };
      return name === "duration" && json.size === 12 ? { kind: "duration" } : null;
    default:
      return null;
  }
}

/** Whole seconds (floored) and the digits of the rest. */
function splitSeconds(value: number | bigint, unit: TimeUnit): { seconds: number; fraction: string } {
  const digits = digitsOf[unit];
  if (typeof value === "number") {
    const perSecond = 10 ** digits;
    const seconds = Math.floor(value / perSecond);
    return { seconds, fraction: String(value - seconds * perSecond).padStart(digits, "0") };
  }
  const perSecond = 10n ** BigInt(digits);
  const rest = ((value % perSecond) + perSecond) % perSecond;
  return { seconds: Number((value - rest) / perSecond), fraction: String(rest).padStart(digits, "0") };
}

/** The furthest a Date reaches from 1970, in seconds. */
const maxDateSeconds = 8_640_000_000_000;
const secondsPerDay = 86_400;

export interface DateTimeParts {
  /** `YYYY-MM-DD`, years past 9999 or before 0 with a sign and six digits. */
  readonly date: string;
  /** `hh:mm:ss` */
  readonly time: string;
  /** Digits after the seconds, without a point. */
  readonly fraction: string;
}

/** The parts of a count of units since 1970-01-01T00:00Z. */
export function splitTimestamp(value: number | bigint, unit: TimeUnit): DateTimeParts | null {
  const { seconds, fraction } = splitSeconds(value, unit);
  if (!(Math.abs(seconds) <= maxDateSeconds)) return null;
  const iso = new Date(seconds * 1000).toISOString();
  const at = iso.indexOf("T");
  return { date: iso.slice(0, at), time: iso.slice(at + 1, at + 9), fraction };
}

/** `hh:mm:ss` and the fraction's digits of a count of units since midnight. */
export function splitTime(value: number | bigint, unit: TimeUnit): Omit<DateTimeParts, "date"> | null {
  const { seconds, fraction } = splitSeconds(value, unit);
  if (!(seconds >= 0 && seconds < secondsPerDay)) return null;
  return { time: new Date(seconds * 1000).toISOString().slice(11, 19), fraction };
}

/** `YYYY-MM-DD` of a count of days since 1970-01-01. */
export function formatDate(days: number): string | null {
  return splitTimestamp(days * secondsPerDay * 1000, "millis")?.date ?? null;
}

/** A two's complement, big-endian number with `scale` digits after the point, without exponent. */
export function formatDecimal(bytes: Buffer, scale: number): string {
  const unscaled =
    bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
  if (scale === 0) return String(unscaled);
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** RFC 9562 text of 16 bytes. */
export function formatUuid(bytes: Buffer): string | null {
  if (bytes.length !== 16) return null;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** ISO 8601 duration of three little-endian numbers: months, days, milliseconds. */
export function formatDuration(bytes: Buffer): string | null {
  if (bytes.length !== 12) return null;
  const [months, days, ms] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  const fraction = ms % 1000 === 0 ? "" : `.${String(ms % 1000).padStart(3, "0")}`;
  const date = `${months === 0 ? "" : `${months}M`}${days === 0 ? "" : `${days}D`}`;
  const time = ms === 0 ? "" : `T${Math.floor(ms / 1000)}${fraction}S`;
  return date === "" && time === "" ? "PT0S" : `P${date}${time}`;
}

/** ISO 8601 (or decimal, or UUID) text of a value of a logical type; null when the value is outside of it. */
export function formatIso(logical: Logical, value: unknown): string | null {
  if (typeof value === "number" || typeof value === "bigint") {
    switch (logical.kind) {
      case "timestamp": {
        const parts = splitTimestamp(value, logical.unit);
        return parts && `${parts.date}T${parts.time}.${parts.fraction}${logical.zone}`;
      }
      case "time": {
        const parts = splitTime(value, logical.unit);
        return parts && `${parts.time}.${parts.fraction}`;
      }
      case "date":
        return formatDate(Number(value));
      default:
        return null;
    }
  }
  if (!Buffer.isBuffer(value)) return null;
  switch (logical.kind) {
    case "decimal":
      return formatDecimal(value, logical.scale);
    case "uuid":
      return formatUuid(value);
    case "duration":
      return formatDuration(value);
    default:
      return null;
  }
}
