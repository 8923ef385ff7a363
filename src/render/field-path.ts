/**
 * Where a value stands inside of a record, as people write it: `author.username`, `media[0].url`, `matching_rules.tag`
 * (of a list: of each of its items), `@offset` (of the record itself). Read once, held against the schema once, and
 * from then on a function. Nothing in a path is ever code.
 */
import { closest, distance } from "fastest-levenshtein";
import type { RenderedRecord } from "./record.ts";
import { formatTimestamp, readKey } from "./record-meta.ts";
import type { Shape } from "./schema-shape.ts";
import { createBranchPicker } from "./union.ts";

export type PathSegment =
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | { readonly kind: "index"; readonly index: number; readonly at: number };

export interface FieldPath {
  /** True for what Kafka knows of the record (`@offset`), false for its value. */
  readonly ofRecord: boolean;
  /** Never empty. `at` counts UTF-16 units from 0, from the beginning of the text that the path stands in. */
  readonly segments: readonly PathSegment[];
}

/** What is wrong, and where: UTF-16 units from 0. */
export interface FieldProblem {
  readonly kind: "problem";
  readonly at: number;
  readonly message: string;
}

const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const index = /\[(\d{1,9})\]/y;

export type ScannedPath = { readonly kind: "path"; readonly path: FieldPath; readonly end: number };

/** Reads the path that begins at `from`, as far as it goes. */
export function scanFieldPath(text: string, from: number): ScannedPath | FieldProblem {
  const ofRecord = text.charAt(from) === "@";
  const segments: PathSegment[] = [];
  let at = ofRecord ? from + 1 : from;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return null;
    at = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  for (;;) {
    const start = at;
    const word = take(name);
    if (word === null) return { kind: "problem", at, message: "a field's name is expected here" };
    segments.push({ kind: "name", name: word, at: start });
    for (;;) {
      const indexAt = at;
      const digits = take(index);
      if (digits !== null) segments.push({ kind: "index", index: Number(digits), at: indexAt });
      else if (text.charAt(at) === "[") {
        return { kind: "problem", at, message: "a place in a list is a number in brackets, such as [0]" };
      } else break;
    }
    if (text.charAt(at) !== ".") return { kind: "path", path: { ofRecord, segments }, end: at };
    at += 1;
  }
}

/** Of a value: its part, null where there is none. */
type Read<T> = (value: unknown) => T | null;

export interface CompiledField<T> {
  readonly kind: "field";
  /** Every shape that its value may have; never a union, and null is left out. */
  readonly leaves: readonly Shape[];
  /** True when the path goes through the items of a list: `read` gives a flat list of them then. */
  readonly projected: boolean;
  readonly read: (record: RenderedRecord) => T | readonly (T | null)[] | null;
}

const plain = (kind: "string" | "int" | "long"): Shape => ({ kind, logical: null });

/** What Kafka knows of a record, as `--meta` prints it. */
const recordShape: Shape = {
  kind: "record",
  name: "record",
  fields: [
    { name: "topic", shape: plain("string") },
    { name: "partition", shape: plain("int") },
    { name: "offset", shape: plain("long") },
    {
      name: "timestamp",
      shape: { kind: "long", logical: { kind: "timestamp", unit: "millis", zone: "Z" } },
    },
    { name: "key", shape: plain("string") },
    {
      name: "writer",
      shape: {
        kind: "record",
        name: "writer",
        fields: [
          { name: "id", shape: plain("int") },
          { name: "version", shape: plain("int") },
        ],
      },
    },
  ],
};

function readRecord(record: RenderedRecord): unknown {
  const { key, timestampMs } = record;
  return {
    ...record,
    key: key === null ? null : readKey(key).text,
    timestamp: formatTimestamp(timestampMs) === null ? null : timestampMs,
  };
}

/**
 * Holds a path against the schema. `leaf` makes, for each shape that may stand at its end, the function that is given
 * its values, which are never null. A schema that is no record has one field, `value`.
 */
export function compileField<T>(
  shape: Shape,
  { ofRecord, segments }: FieldPath,
  leaf: (shape: Shape) => (value: unknown) => T,
): CompiledField<T> | FieldProblem {
  const leaves: Shape[] = [];
  let projected = false;
  const root = ofRecord ? recordShape : isRecord(shape) ? shape : wrapBare(shape);

  const compile = (shape: Shape, depth: number): Read<unknown> | FieldProblem => {
    if (shape.kind === "union") return compileUnion(shape, depth);
    const segment = segments[depth];
    if (segment === undefined) {
      leaves.push(shape);
      const read = leaf(shape);
      return (value) => (value === null || value === undefined ? null : read(value));
    }
    const wrong = (message: string): FieldProblem => ({ kind: "problem", at: segment.at, message });
    const so = segments.slice(0, depth).map(printSegment).join("").slice(1);
    if (segment.kind === "index") {
      if (shape.kind !== "array") return wrong(`${so} is ${describeShape(shape)}, not a list`);
      const inner = compile(shape.items, depth + 1);
      if (typeof inner !== "function") return inner;
      return (value) => (Array.isArray(value) ? inner(value[segment.index] ?? null) : null);
    }
    switch (shape.kind) {
      case "record": {
        const field = shape.fields.find((candidate) => candidate.name === segment.name);
        if (field === undefined) return wrong(unknownField(segment.name, so, shape));
        const inner = compile(field.shape, depth + 1);
        if (typeof inner !== "function") return inner;
        return (value) => inner(propertyOf(value, segment.name));
      }
      case "map": {
        const inner = compile(shape.values, depth + 1);
        if (typeof inner !== "function") return inner;
        return (value) => inner(propertyOf(value, segment.name));
      }
      case "array": {
        const inner = compile(shape.items, depth);
        if (typeof inner !== "function") return inner;
        projected = true;
        return (value) => (Array.isArray(value) ? value.flatMap((item) => inner(item)) : null);
      }
      default:
        return wrong(`${so} is ${describeShape(shape)} and has no fields`);
    }
  };

  /** A branch without the field reads as null, as long as another one has it. */
  const compileUnion = (
    shape: Extract<Shape, { kind: "union" }>,
    depth: number,
  ): Read<unknown> | FieldProblem => {
    const reads: Read<unknown>[] = [];
    let problem: FieldProblem | null = null;
    let found = false;
    for (const branch of shape.branches) {
      const read = branch.kind === "null" ? () => null : compile(branch, depth);
      if (typeof read === "function") {
        found ||= branch.kind !== "null";
        reads.push(read);
      } else {
        problem ??= read;
        reads.push(() => null);
      }
    }
    if (problem !== null && !found) return problem;
    const pick = createBranchPicker(shape);
    return (value) => {
      const picked = value === null || value === undefined ? null : pick(value);
      return picked === null ? null : (reads[picked.index]?.(picked.value) ?? null);
    };
  };

  const read = compile(root, 0);
  if (typeof read !== "function") return read;
  const toRoot: (record: RenderedRecord) => unknown = ofRecord
    ? readRecord
    : isRecord(shape)
      ? ({ value }) => value
      : ({ value }) => ({ value });
  return {
    kind: "field",
    leaves,
    projected,
    read: (record) => read(toRoot(record)) as T | readonly (T | null)[] | null,
  };
}

/** `.author`, `[0]` */
function printSegment(segment: PathSegment): string {
  return segment.kind === "name" ? `.${segment.name}` : `[${segment.index}]`;
}

function isRecord(shape: Shape): boolean {
  return shape.kind === "record";
}

function wrapBare(shape: Shape): Shape {
  return { kind: "record", name: "record", fields: [{ name: "value", shape }] };
}

function propertyOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return null;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function unknownField(wanted: string, so: string, shape: Extract<Shape, { kind: "record" }>): string {
  const names = shape.fields.map((field) => field.name);
  const where = so === "" ? "" : ` in ${so}`;
  const nearest = names.length === 0 ? undefined : closest(wanted, names);
  const isNear = nearest !== undefined && distance(wanted, nearest) <= Math.max(2, wanted.length / 3);
  const hint = isNear ? `; did you mean ${nearest}?` : `; there are ${names.join(", ")}`;
  return `there is no field ${wanted}${where}${hint}`;
}

/** `a string`, `a list`: a shape in the words of a message. */
export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case "array":
      return "a list";
    case "int":
    case "long":
    case "float":
    case "double":
      return "logical" in shape && shape.logical !== null ? `a ${shape.logical.kind}` : "a number";
    case "bytes":
    case "fixed":
      return shape.logical === null ? "bytes" : `a ${shape.logical.kind}`;
    case "enum":
      return "an enum";
    case "null":
      return "null";
    default:
      return `a ${shape.kind}`;
  }
}
