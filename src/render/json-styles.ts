/**
 * The two ways a value becomes JSON: `json`, for programs and people (bare unions, ISO 8601, base64), and `avro-json`,
 * the JSON encoding of the Avro specification (unions wrapped, bytes as ISO-8859-1 text, logical types as they lie).
 */
import { failMismatch } from "./error.ts";
import type { JsonStyle, LeafShape, Print } from "./json-printer.ts";
import { formatIso } from "./logical.ts";
import { formatJsonDouble, shortestFloat } from "./numbers.ts";

const printNull =
  (path: string): Print =>
  (value) =>
    value === null ? "null" : failMismatch(path, "null", value);

const printBoolean =
  (path: string): Print =>
  (value) =>
    typeof value === "boolean" ? String(value) : failMismatch(path, "a boolean", value);

const printText =
  (path: string): Print =>
  (value) =>
    typeof value === "string" ? JSON.stringify(value) : failMismatch(path, "text", value);

const printBytes =
  (path: string, encoding: "base64" | "latin1"): Print =>
  (value) =>
    Buffer.isBuffer(value) ? JSON.stringify(value.toString(encoding)) : failMismatch(path, "bytes", value);

const printReal =
  (path: string, adjust: (value: number) => number): Print =>
  (value) =>
    typeof value === "number" ? formatJsonDouble(adjust(value)) : failMismatch(path, "a number", value);

function isWhole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** True when a reader with doubles alone (JavaScript, jq) gets the same number back. */
function isExactDouble(value: number | bigint): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value);
  return value >= -maxSafe && value <= maxSafe;
}

/** Digits without an exponent; the number -0 as 0. */
function digitsOf(value: number | bigint): string {
  return typeof value === "number" && !Number.isSafeInteger(value) ? String(BigInt(value)) : String(value);
}

/** Whole numbers as they are, those past 2^53 as strings. */
const printWhole =
  (path: string): Print =>
  (value) => {
    if (!isWhole(value)) failMismatch(path, "a whole number", value);
    return isExactDouble(value) ? String(value) : `"${digitsOf(value)}"`;
  };

const printDigits =
  (path: string): Print =>
  (value) =>
    isWhole(value) ? digitsOf(value) : failMismatch(path, "a whole number", value);

function plainJsonLeaf(shape: LeafShape, path: string): Print {
  switch (shape.kind) {
    case "null":
      return printNull(path);
    case "boolean":
      return printBoolean(path);
    case "int":
    case "long":
      return printWhole(path);
    case "float":
    case "double":
      return printReal(path, (value) => value);
    case "bytes":
    case "fixed":
      return printBytes(path, "base64");
    case "string":
    case "enum":
      return printText(path);
  }
}

/** Bare unions; logical types as text (ISO 8601, decimals by their scale); bytes as base64; whole numbers past 2^53 as strings. */
export const plainJson: JsonStyle = {
  leaf(shape, path) {
    const plain = plainJsonLeaf(shape, path);
    const logical = "logical" in shape ? shape.logical : null;
    // A uuid that lies in a string is its own text.
    if (logical === null || shape.kind === "string") return plain;
    return (value) => {
      const text = formatIso(logical, value);
      return text === null ? plain(value) : `"${text}"`;
    };
  },
  branch: (_name, json) => json,
};

/** Avro specification, JSON Encoding; NaN and infinities as strings, as Java's encoder writes them. */
export const avroJson: JsonStyle = {
  leaf(shape, path) {
    switch (shape.kind) {
      case "int":
      case "long":
        return printDigits(path);
      case "float":
        return printReal(path, shortestFloat);
      case "bytes":
      case "fixed":
        return printBytes(path, "latin1");
      default:
        return plainJsonLeaf(shape, path);
    }
  },
  branch: (name, json) => `{${JSON.stringify(name)}:${json}}`,
};
