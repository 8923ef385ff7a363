/**
 * A value as the text of one table cell, in the forms of Spark's show(): NULL, {struct}, [array], {key -> value},
 * [hex bytes], Java's doubles, timestamps as `yyyy-MM-dd HH:mm:ss` in UTC. Not yet escaped, cut or padded.
 */
import { formatIso, type Logical, splitTime, splitTimestamp } from "./logical.ts";
import { formatJavaDouble, shortestFloat } from "./numbers.ts";
import type { Shape } from "./schema-shape.ts";
import { createBranchPicker } from "./union.ts";

export type PrintCell = (value: unknown) => string;

/** Spark drops the zeros at the end of a fraction, and the point with them. */
function withFraction(text: string, fraction: string): string {
  const digits = fraction.replace(/0+$/, "");
  return digits === "" ? text : `${text}.${digits}`;
}

/** Java prints years past 9999 with a sign and no leading zeros, and negative ones with four digits. */
function javaDate(date: string): string {
  return date.replace(/^([+-])0*(\d{4,})/, "$1$2");
}

function formatLogical(logical: Logical, value: unknown): string | null {
  if (typeof value === "number" || typeof value === "bigint") {
    if (logical.kind === "timestamp") {
      const parts = splitTimestamp(value, logical.unit);
      return parts && withFraction(`${javaDate(parts.date)} ${parts.time}`, parts.fraction);
    }
    if (logical.kind === "time") {
      const parts = splitTime(value, logical.unit);
      return parts && withFraction(parts.time, parts.fraction);
    }
  }
  const text = formatIso(logical, value);
  return text !== null && logical.kind === "date" ? javaDate(text) : text;
}

function formatBytes(value: unknown): string {
  if (!Buffer.isBuffer(value)) return String(value);
  return `[${(value.toString("hex").toUpperCase().match(/../g) ?? []).join(" ")}]`;
}

function formatReal(value: unknown, adjust: (value: number) => number): string {
  return typeof value === "number" ? formatJavaDouble(adjust(value)) : String(value);
}

function compilePlain(shape: Shape, known: Map<Shape, PrintCell>): PrintCell {
  switch (shape.kind) {
    case "float":
      return (value) => formatReal(value, shortestFloat);
    case "double":
      return (value) => formatReal(value, (number) => number);
    case "bytes":
    case "fixed":
      return formatBytes;
    case "array": {
      const print = compile(shape.items, known);
      return (value) =>
        Array.isArray(value) ? `[${value.map((item) => print(item)).join(", ")}]` : String(value);
    }
    case "map": {
      const print = compile(shape.values, known);
      return (value) =>
        `{${Object.entries(value as object)
          .map(([key, item]) => `${key} -> ${print(item)}`)
          .join(", ")}}`;
    }
    case "record": {
      const cells: { readonly name: string; readonly print: PrintCell }[] = [];
      const printRecord: PrintCell = (value) => {
        const record = value as Readonly<Record<string, unknown>>;
        return `{${cells.map(({ name, print }) => print(record[name])).join(", ")}}`;
      };
      // Known before its fields are compiled, since they may hold the same record.
      known.set(shape, nullable(printRecord));
      for (const { name, shape: field } of shape.fields) cells.push({ name, print: compile(field, known) });
      return printRecord;
    }
    case "union": {
      const prints = shape.branches.map((branch) => compile(branch, known));
      const pick = createBranchPicker(shape);
      return (value) => {
        const picked = pick(value);
        return picked === null ? String(value) : (prints[picked.index]?.(picked.value) ?? "");
      };
    }
    default:
      return String;
  }
}

function nullable(print: PrintCell): PrintCell {
  return (value) => (value === null || value === undefined ? "NULL" : print(value));
}

function compile(shape: Shape, known: Map<Shape, PrintCell>): PrintCell {
  const done = known.get(shape);
  if (done !== undefined) return done;
  const logical = "logical" in shape ? shape.logical : null;
  const plain = compilePlain(shape, known);
  return nullable(logical === null ? plain : (value) => formatLogical(logical, value) ?? plain(value));
}

/** Compiles the printer of a column. A value that is not of the shape is shown as JavaScript would. */
export function createCellPrinter(shape: Shape): PrintCell {
  return compile(shape, new Map());
}
