/**
 * `json` straight to bytes, for the kinds that records are full of: the same text as `json-printer.ts` with `plainJson`,
 * which prints whatever else there is.
 */

import type { Utf8Text } from "../kernel/utf8-text.ts";
import { failMismatch } from "./error.ts";
import { createJsonPrinter } from "./json-printer.ts";
import { plainJson } from "./json-styles.ts";
import { branchName, type RecordShape, type Shape } from "./schema-shape.ts";

/** Puts a value behind the text; throws RenderError `value-mismatch`. */
export type Append = (target: Utf8Text, value: unknown) => void;

const words = {
  null: Buffer.from("null"),
  true: Buffer.from("true"),
  false: Buffer.from("false"),
  emptyRecord: Buffer.from("{}"),
  recordEnd: Buffer.from("}"),
  emptyArray: Buffer.from("[]"),
  arrayStart: Buffer.from("["),
  arrayEnd: Buffer.from("]"),
  comma: Buffer.from(","),
  colon: Buffer.from(":"),
  point: Buffer.from("."),
  zulu: Buffer.from('Z"'),
} as const;

function compileRecord(shape: RecordShape, known: Map<Shape, Append>): Append {
  const names: string[] = [];
  const heads: Uint8Array[] = [];
  const nullHeads: Uint8Array[] = [];
  const appends: (Append | undefined)[] = [];
  const appendRecord: Append = (target, value) => {
    if (typeof value !== "object" || value === null) failMismatch(shape.name, "a record", value);
    const record = value as Readonly<Record<string, unknown>>;
    for (let index = 0; index < names.length; index += 1) {
      // The arrays have one length; `as` spares the hot loop checks that cannot fail.
      const item = record[names[index] as string];
      if (item === null && nullHeads[index] !== undefined) {
        target.bytes(nullHeads[index] as Uint8Array);
      } else {
        target.bytes(heads[index] as Uint8Array);
        (appends[index] as Append)(target, item);
      }
    }
    target.bytes(names.length === 0 ? words.emptyRecord : words.recordEnd);
  };
  // Known before its fields are compiled, since they may hold the same record.
  known.set(shape, appendRecord);
  for (const [index, field] of shape.fields.entries()) {
    const head = Buffer.from(`${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`);
    names.push(field.name);
    heads.push(head);
    if (isOptional(field.shape)) nullHeads[index] = Buffer.concat([head, words.null]);
    appends.push(compile(field.shape, known, `${shape.name}.${field.name}`));
  }
  return appendRecord;
}

/** Whether it is a union of null and one other. */
function isOptional(shape: Shape): shape is Extract<Shape, { kind: "union" }> {
  return (
    shape.kind === "union" &&
    shape.branches.length === 2 &&
    shape.branches.filter(({ kind }) => kind === "null").length === 1
  );
}

function compile(shape: Shape, known: Map<Shape, Append>, path: string): Append {
  const done = known.get(shape);
  if (done !== undefined) return done;
  switch (shape.kind) {
    case "record":
      return compileRecord(shape, known);
    case "array": {
      const append = compile(shape.items, known, `${path}[]`);
      return (target, value) => {
        if (!Array.isArray(value)) failMismatch(path, "an array", value);
        if (value.length === 0) {
          target.bytes(words.emptyArray);
          return;
        }
        for (let index = 0; index < value.length; index += 1) {
          target.bytes(index === 0 ? words.arrayStart : words.comma);
          append(target, value[index]);
        }
        target.bytes(words.arrayEnd);
      };
    }
    case "union": {
      const other = isOptional(shape) ? shape.branches.find(({ kind }) => kind !== "null") : undefined;
      if (other === undefined) break;
      const append = compile(other, known, path);
      return (target, value) => (value === null ? target.bytes(words.null) : append(target, value));
    }
    case "string":
    case "enum":
      return (target, value) =>
        typeof value === "string" ? target.json(value) : failMismatch(path, "text", value);
    case "boolean":
      return (target, value) =>
        typeof value === "boolean"
          ? target.bytes(value ? words.true : words.false)
          : failMismatch(path, "a boolean", value);
    case "int":
    case "long": {
      if (shape.logical === null) {
        const printed = appendPrinted(shape, path);
        return (target, value) =>
          Number.isSafeInteger(value) ? target.integer(value as number) : printed(target, value);
      }
      const { logical } = shape;
      if (logical.kind === "timestamp" && logical.unit === "millis" && logical.zone === "Z") {
        return createTimestampAppend(appendPrinted(shape, path));
      }
    }
  }
  return appendPrinted(shape, path);
}

function appendPrinted(shape: Shape, path: string): Append {
  const print = createJsonPrinter(shape, plainJson, path);
  return (target, value) => target.text(print(value));
}

const dayMs = 86_400_000;
/** The furthest a Date reaches from 1970. */
const maxDateMs = 8.64e15;
/** Records come from few days at a time. */
const maxKnownDays = 64;

function createTimestampAppend(printed: Append): Append {
  const dates = new Map<number, Buffer>();
  const dateOf = (day: number): Buffer => {
    const known = dates.get(day);
    if (known !== undefined) return known;
    if (dates.size >= maxKnownDays) dates.clear();
    const text = new Date(day * dayMs).toISOString();
    const date = Buffer.from(`"${text.slice(0, text.indexOf("T") + 1)}`);
    dates.set(day, date);
    return date;
  };
  return (target, value) => {
    if (!Number.isInteger(value) || Math.abs(value as number) > maxDateMs) {
      printed(target, value);
      return;
    }
    const day = Math.floor((value as number) / dayMs);
    const ms = (value as number) - day * dayMs;
    const seconds = Math.floor(ms / 1000);
    target.bytes(dateOf(day));
    target.digits(Math.floor(seconds / 3600), 2);
    target.bytes(words.colon);
    target.digits(Math.floor(seconds / 60) % 60, 2);
    target.bytes(words.colon);
    target.digits(seconds % 60, 2);
    target.bytes(words.point);
    target.digits(ms - seconds * 1000, 3);
    target.bytes(words.zulu);
  };
}

/** Compiles an appender of JSON text without line breaks. */
export function createJsonAppend(shape: Shape): Append {
  return compile(shape, new Map(), branchName(shape));
}
