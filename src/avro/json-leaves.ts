/**
 * JSON values that hold no other values, read as those of a schema: each encoding has its own way to write bytes and
 * logical types. The other way round is `avro-json.ts`, and `render/` for what people read.
 */
import { ExactNumber } from "./exact-json.ts";
import {
  parseDate,
  parseDuration,
  parseTimeOfDay,
  parseTimestamp,
  parseUuid,
  type TimeUnit,
} from "./iso-text.ts";
import { type EnumSchema, type FixedSchema, fullNameText, type PrimitiveSchema } from "./model.ts";
import { isFloat, isInt } from "./value-check.ts";
import { parseDecimal, toDecimalBytes, type ValueMapping } from "./value-mapping.ts";

/** Longs of any size are read; what else a value looks like is the codec's first choice. */
export const jsonMapping = { long: "bigint" } as const satisfies ValueMapping;

/** `avro`: the specification's JSON encoding; `plain`: what `consume --format json` prints. */
export const jsonEncodings = ["plain", "avro"] as const;
export type JsonEncoding = (typeof jsonEncodings)[number];

export type LeafSchema = PrimitiveSchema | EnumSchema | FixedSchema;

export interface LeafFault {
  readonly code: "invalid-value" | "unpaired-surrogate";
  readonly message: string;
}

/** The value, or what is wrong with it. */
export type LeafReading = { readonly value: unknown } | { readonly fault: LeafFault };
export type ReadLeaf = (json: unknown) => LeafReading;

export function createLeafReader(schema: LeafSchema, encoding: JsonEncoding): ReadLeaf {
  const logical = encoding === "plain" ? createLogicalReader(schema) : null;
  return logical ?? createBaseReader(schema, encoding);
}

/** `expected ..., got ...`; names the nature of a value, never its content. */
export function misfit(what: string, json: unknown): { readonly fault: LeafFault } {
  return { fault: { code: "invalid-value", message: `expected ${what}, got ${describeJson(json)}` } };
}

function describeJson(json: unknown): string {
  if (json === null) return "null";
  if (Array.isArray(json)) return "an array";
  if (json instanceof ExactNumber) return `the number ${json.text.slice(0, 40)}`;
  switch (typeof json) {
    case "number":
      return `the number ${json}`;
    case "boolean":
      return String(json);
    case "string":
      return "a string";
    default:
      return "an object";
  }
}

function createBaseReader(schema: LeafSchema, encoding: JsonEncoding): ReadLeaf {
  switch (schema.kind) {
    case "null":
      return (json) => (json === null ? { value: json } : misfit("null", json));
    case "boolean":
      return (json) => (typeof json === "boolean" ? { value: json } : misfit("a boolean", json));
    case "int":
      return (json) => (isInt(json) ? { value: json } : misfit("a whole number from -2^31 to 2^31-1", json));
    case "long":
      return createLongReader(schema, encoding);
    case "float":
      return (json) => {
        const value = readReal(json);
        return isFloat(value) ? { value } : misfit("a number that 32 bits can hold", json);
      };
    case "double":
      return (json) => {
        const value = readReal(json);
        return value === null ? misfit("a number that 64 bits can hold", json) : { value };
      };
    case "string":
      return (json) => {
        if (typeof json !== "string") return misfit("a string", json);
        if (json.isWellFormed()) return { value: json };
        const message = "the string has half of a surrogate pair, which UTF-8 cannot carry";
        return { fault: { code: "unpaired-surrogate", message } };
      };
    case "bytes":
    case "fixed":
      return createBytesReader(schema.kind === "fixed" ? schema.size : null, encoding);
    case "enum": {
      const symbols: ReadonlySet<unknown> = new Set(schema.symbols);
      const what = `one of the symbols of ${fullNameText(schema.fullName)}`;
      return (json) => (symbols.has(json) ? { value: json } : misfit(what, json));
    }
  }
}

const wordsOfReals: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A number as JSON has it, or a word for one that JSON has not. */
function readReal(json: unknown): number | null {
  const value = json instanceof ExactNumber ? Number(json.text) : json;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return wordsOfReals.get(value) ?? null;
}

/** A timestamp in milliseconds is a number to the codec whatever the mapping. */
function createLongReader(schema: PrimitiveSchema, encoding: JsonEncoding): ReadLeaf {
  const isNumber = schema.logicalType === "timestamp-millis";
  return (json) => {
    const value = readWhole(json, encoding);
    return toLong(value, isNumber) ?? misfit("a whole number from -2^63 to 2^63-1", json);
  };
}

function toLong(value: bigint | null, isNumber: boolean): { readonly value: unknown } | null {
  if (value === null || BigInt.asIntN(64, value) !== value) return null;
  if (!isNumber) return { value };
  const number = Number(value);
  return Number.isSafeInteger(number) ? { value: number } : null;
}

/** Plain JSON has longs past 2^53, and only those, as texts: a short one in a union is a string. */
function readWhole(json: unknown, encoding: JsonEncoding): bigint | null {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : null;
  if (json instanceof ExactNumber) return parseWhole(json.text);
  const value = encoding === "plain" && typeof json === "string" ? parseWhole(json) : null;
  return value === null || Number.isSafeInteger(Number(value)) ? null : value;
}

function parseWhole(text: string): bigint | null {
  return /^-?\d{1,20}$/.test(text) ? BigInt(text) : null;
}

function createBytesReader(size: number | null, encoding: JsonEncoding): ReadLeaf {
  const what =
    (encoding === "plain" ? "base64 text" : "text with a character up to U+00FF for each byte") +
    (size === null ? "" : `, of ${size} bytes`);
  return (json) => {
    const value = typeof json === "string" ? toBytes(json, encoding) : null;
    return value === null || (size !== null && value.length !== size) ? misfit(what, json) : { value };
  };
}

function toBytes(text: string, encoding: JsonEncoding): Buffer | null {
  if (encoding === "avro") return /^[\u0000-\u00ff]*$/.test(text) ? Buffer.from(text, "latin1") : null;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

const timesOfLong: Readonly<Record<string, TimeUnit>> = {
  "timestamp-millis": "millis",
  "timestamp-micros": "micros",
  "timestamp-nanos": "nanos",
  "local-timestamp-millis": "millis",
  "local-timestamp-micros": "micros",
  "local-timestamp-nanos": "nanos",
};

/** Null where the schema has no logical type, or one that plain JSON shows as its base type. */
function createLogicalReader(schema: LeafSchema): ReadLeaf | null {
  const { logicalType = "" } = schema;
  switch (schema.kind) {
    case "int":
      if (logicalType === "date")
        return orBase(schema, "a date such as 2026-01-31, or days since 1970", parseDate);
      if (logicalType !== "time-millis") return null;
      return orBase(schema, "a time such as 09:30:00.000, or milliseconds", (text) =>
        toNumber(parseTimeOfDay(text, "millis")),
      );
    case "long": {
      if (logicalType === "time-micros")
        return orBase(schema, "a time such as 09:30:00.000000, or microseconds", (text) =>
          parseTimeOfDay(text, "micros"),
        );
      const unit = Object.hasOwn(timesOfLong, logicalType) ? timesOfLong[logicalType] : undefined;
      if (unit === undefined) return null;
      const zoned = !logicalType.startsWith("local-");
      const example = `2026-01-31T09:30:00.000${zoned ? "Z" : ""}`;
      const what = `a time such as ${example}, no finer than ${unit}, or ${unit} since 1970`;
      return orBase(schema, what, (text) => {
        const value = parseTimestamp(text, unit, zoned);
        if (value === null || BigInt.asIntN(64, value) !== value) return null;
        return logicalType === "timestamp-millis" ? toNumber(value) : value;
      });
    }
    case "bytes":
    case "fixed":
      return createBytesLogicalReader(schema);
    default:
      return null;
  }
}

/** A text that says it, or the base type's own value: what lies outside of a logical type is shown so. */
function orBase(schema: LeafSchema, what: string, parse: (text: string) => number | bigint | null): ReadLeaf {
  const base = createBaseReader(schema, "plain");
  return (json) => {
    const value = typeof json === "string" ? parse(json) : null;
    if (value !== null) return { value };
    const reading = base(json);
    return "fault" in reading ? misfit(what, json) : reading;
  };
}

function toNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

function createBytesLogicalReader(schema: PrimitiveSchema | FixedSchema): ReadLeaf | null {
  const size = schema.kind === "fixed" ? schema.size : null;
  const { precision, scale = 0 } = schema.props;
  const asText = (what: string, parse: (text: string) => Buffer | null): ReadLeaf => {
    return (json) => {
      const value = typeof json === "string" ? parse(json) : null;
      return value === null ? misfit(what, json) : { value };
    };
  };
  switch (schema.logicalType) {
    case "decimal": {
      if (!isCount(precision) || !isCount(scale) || precision === 0 || scale > precision) return null;
      const what = `a decimal of at most ${precision} digits, ${scale} of them after the point`;
      return (json) => {
        const text = json instanceof ExactNumber ? json.text : typeof json === "number" ? String(json) : json;
        const unscaled =
          typeof text === "string" ? parseDecimal({ kind: "decimal", precision, scale }, text) : null;
        if (unscaled === null) return misfit(what, json);
        if (size !== null && BigInt.asIntN(8 * size, unscaled) !== unscaled)
          return misfit(`${what}, in ${size} bytes`, json);
        return { value: toDecimalBytes(unscaled, size) };
      };
    }
    case "uuid":
      return size === 16 ? asText("a UUID", parseUuid) : null;
    case "duration":
      return size === 12 ? asText("an ISO 8601 duration such as P1M2DT3.5S", parseDuration) : null;
    default:
      return null;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
