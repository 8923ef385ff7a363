/**
 * What resolution did to one value: where the reader's is no longer what the writer's says, though every rule allows it
 * (Avro specification 1.12, "Schema Resolution").
 */
import { isDeepStrictEqual } from "node:util";
import type { AvroSchema, RecordField, RecordSchema } from "../avro/model.ts";
import { childPointer } from "../avro/pointer.ts";
import { openUnion } from "../avro/union-value.ts";
import type { ValueMapping } from "../avro/value-mapping.ts";
import { decimalOf, describeLogicalChange, effectiveLogicalType } from "./logical-type.ts";
import { findLostRenames } from "./lost-rename.ts";
import { findWriterField } from "./rules.ts";

export const lossRules = [
  /** The reader has no field for a value. */
  "sample-value-dropped",
  /** A symbol became the enum's default. */
  "sample-symbol-defaulted",
  /** The same digits, and the point elsewhere; or more digits than the reader's type may have. */
  "sample-decimal-changed",
  /** Another logical type: the same bytes are another value. */
  "sample-meaning-changed",
  /** The bytes are there, and no value of the reader's logical type: a strict reader or writer refuses them. */
  "sample-not-of-type",
  /** A number of the wider type is another one. */
  "sample-number-rounded",
] as const;
export type LossRule = (typeof lossRules)[number];

export interface ValueLoss {
  readonly rule: LossRule;
  /** JSON pointer into the writer's value. */
  readonly path: string;
  /** JSON pointer into the reader's schema. */
  readonly readerPath: string;
  /** What is lost and what to do; holds nothing of the value. */
  readonly message: string;
}

export interface ComparedValue {
  readonly schema: AvroSchema;
  readonly value: unknown;
}

/** Longs are bigints on both sides. */
const mapping = { long: "bigint" } as const satisfies ValueMapping;

/** Every loss, in the order of the reader's fields. Both values must be of their schemas, `read` made of `written`. */
export function findValueLosses(written: ComparedValue, read: ComparedValue): readonly ValueLoss[] {
  const losses: ValueLoss[] = [];
  compare(written, read, { path: "", readerPath: "" }, losses);
  return losses;
}

interface Place {
  readonly path: string;
  readonly readerPath: string;
}

function compare(written: ComparedValue, read: ComparedValue, place: Place, losses: ValueLoss[]): void {
  if (written.schema.kind === "union") {
    const { branch, value } = openUnion(written.schema, written.value, mapping);
    compare({ schema: branch, value }, read, place, losses);
    return;
  }
  if (read.schema.kind === "union") {
    const { branch, index, value } = openUnion(read.schema, read.value, mapping);
    const readerPath = childPointer(place.readerPath, index);
    compare(written, { schema: branch, value }, { ...place, readerPath }, losses);
    return;
  }
  const [from, to] = [written.schema, read.schema];
  if (from.kind === "record" && to.kind === "record") {
    compareRecords(from, written.value, to, read.value, place, losses);
    return;
  }
  if (from.kind === "array" && to.kind === "array") {
    const items = read.value as readonly unknown[];
    for (const [index, value] of (written.value as readonly unknown[]).entries()) {
      const at = { path: childPointer(place.path, index), readerPath: `${place.readerPath}/items` };
      compare({ schema: from.items, value }, { schema: to.items, value: items[index] }, at, losses);
    }
    return;
  }
  if (from.kind === "map" && to.kind === "map") {
    const values = read.value as Readonly<Record<string, unknown>>;
    for (const [key, value] of Object.entries(written.value as object)) {
      const at = { path: childPointer(place.path, key), readerPath: `${place.readerPath}/values` };
      compare({ schema: from.values, value }, { schema: to.values, value: values[key] }, at, losses);
    }
    return;
  }
  const loss = findLeafLoss(written, read);
  if (loss !== null) losses.push({ ...loss, ...place });
}

function compareRecords(
  from: RecordSchema,
  written: unknown,
  to: RecordSchema,
  read: unknown,
  { path, readerPath }: Place,
  losses: ValueLoss[],
): void {
  const source = written as Readonly<Record<string, unknown>>;
  const target = read as Readonly<Record<string, unknown>>;
  const taken = new Set<number>();
  for (const [index, field] of to.fields.entries()) {
    const found = findWriterField(from, field, index);
    if (found === null) continue;
    taken.add(found.index);
    const { name, type } = found.field;
    const at = { path: childPointer(path, name), readerPath: `${readerPath}/fields/${index}/type` };
    compare(
      { schema: type, value: source[name] },
      { schema: field.type, value: target[field.name] },
      at,
      losses,
    );
  }
  for (const [index, field] of from.fields.entries()) {
    if (taken.has(index) || saysNothing(field, source[field.name])) continue;
    losses.push({
      rule: "sample-value-dropped",
      path: childPointer(path, field.name),
      readerPath: `${readerPath}/fields`,
      message: describeDropped(field, to, from),
    });
  }
}

/** Null, and what a reader would have put there by itself. */
function saysNothing({ default: byDefault, type }: RecordField, value: unknown): boolean {
  if (value === null) return true;
  if (byDefault === undefined) return false;
  if (type.kind === "union") return isDeepStrictEqual(openUnion(type, value, mapping).value, byDefault);
  return isDeepStrictEqual(typeof value === "bigint" ? Number(value) : value, byDefault);
}

function describeDropped({ name }: RecordField, newer: RecordSchema, older: RecordSchema): string {
  const rename = findLostRenames(newer, older).find((one) => one.older.field.name === name);
  const lost = `field "${name}" has values, and no field takes them`;
  if (rename === undefined) return `${lost}; keep it, or give the field that replaces it the alias "${name}"`;
  const { name: newName } = rename.newer.field;
  return `${lost}, while "${newName}" has its default; if that is its new name, give it the alias "${name}"`;
}

type LeafLoss = Pick<ValueLoss, "rule" | "message">;

function findLeafLoss(written: ComparedValue, read: ComparedValue): LeafLoss | null {
  const [from, to] = [written.schema, read.schema];
  if (from.kind === "enum" && to.kind === "enum") {
    if (written.value === read.value) return null;
    return {
      rule: "sample-symbol-defaulted",
      message: `symbol ${String(written.value)} is read as the default ${String(read.value)}; keep the symbol`,
    };
  }
  return (
    findDecimalLoss(written, read) ??
    findMeaningLoss(from, to, written.value) ??
    findTypeBreach(from, to, read.value) ??
    findRoundingLoss(written, read)
  );
}

function findDecimalLoss(written: ComparedValue, read: ComparedValue): LeafLoss | null {
  const [from, to] = [decimalOf(written.schema), decimalOf(read.schema)];
  if (from === null || to === null || !Buffer.isBuffer(written.value)) return null;
  const digits = digitsIn(written.value);
  if (digits === 0) return null;
  if (from.scale !== to.scale) {
    return {
      rule: "sample-decimal-changed",
      message: `numbers of scale ${from.scale} are read with scale ${to.scale}, as other numbers; keep the scale, or add a field`,
    };
  }
  if (digits <= to.precision) return null;
  return {
    rule: "sample-decimal-changed",
    message: `numbers of more than ${to.precision} digits are there, which precision ${to.precision} rules out; keep precision ${from.precision}`,
  };
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const perDay: Readonly<Record<string, number>> = { "time-millis": 86_400_000, "time-micros": 86_400_000_000 };

/** A logical type that is new to the field has rules that its values were never held to. */
function findTypeBreach(from: AvroSchema, to: AvroSchema, value: unknown): LeafLoss | null {
  const logical = effectiveLogicalType(to);
  if (logical === null || logical === effectiveLogicalType(from)) return null;
  const breach = (what: string): LeafLoss => ({
    rule: "sample-not-of-type",
    message: `values are there that are no ${logical} (${what}); leave the logical type out, or add a field`,
  });
  const decimal = decimalOf(to);
  if (decimal !== null && Buffer.isBuffer(value)) {
    if (value.length === 0) return breach("no bytes");
    return digitsIn(value) > decimal.precision ? breach(`more than ${decimal.precision} digits`) : null;
  }
  if (logical === "uuid" && typeof value === "string") {
    return uuidPattern.test(value) ? null : breach("a text of another form");
  }
  const limit = Object.hasOwn(perDay, logical) ? perDay[logical] : undefined;
  if (limit === undefined) return null;
  const time = Number(value);
  return time < 0 || time >= limit ? breach("outside of a day") : null;
}

/** Of the unscaled number; 0 has none. */
function digitsIn(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  const unscaled = BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString("hex")}`));
  return unscaled === 0n ? 0 : String(unscaled < 0n ? -unscaled : unscaled).length;
}

/** A logical type that comes or goes shows a value otherwise; another one makes another value of it. */
function findMeaningLoss(from: AvroSchema, to: AvroSchema, value: unknown): LeafLoss | null {
  const [before, after] = [effectiveLogicalType(from), effectiveLogicalType(to)];
  if (before === null || after === null || before === after || Number(value) === 0) return null;
  return {
    rule: "sample-meaning-changed",
    message: `${describeLogicalChange(before, after)}; keep ${before}, or add a field`,
  };
}

function findRoundingLoss(written: ComparedValue, read: ComparedValue): LeafLoss | null {
  const { value } = written;
  if ((typeof value !== "bigint" && !Number.isInteger(value)) || typeof read.value !== "number") return null;
  const whole = BigInt(value as bigint | number);
  if (Number.isInteger(read.value) && BigInt(read.value) === whole) return null;
  const { kind } = written.schema;
  return {
    rule: "sample-number-rounded",
    message: `numbers of type ${kind} are there that ${read.schema.kind} cannot hold, and which it rounds; keep ${kind}`,
  };
}
