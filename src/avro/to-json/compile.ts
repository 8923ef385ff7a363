/**
 * From two schemas to the program that prints the writer's bytes as the reader's JSON (Avro specification, "Schema
 * Resolution"). Fields are printed in the reader's order; what has none is a text of the program.
 */
import { branchOfDefault } from "../default-value.ts";
import type { AvroSchema, EnumSchema, JsonValue, RecordField, RecordSchema } from "../model.ts";
import { isOptionalField } from "../value-check.ts";
import type { ValueMapping } from "../value-mapping.ts";
import { instruction, type JsonProgram, ProgramBuilder } from "./program.ts";
import { compileRead } from "./read.ts";
import { findWritten, pickBranch, resolves } from "./resolves.ts";
import { compileSkip } from "./skip.ts";

/** JSON text of a value as the codec has it, for a type without parts. */
export type LeafPrinter = (schema: AvroSchema) => (value: unknown) => string;

export interface JsonOrder {
  readonly reader: AvroSchema;
  readonly writer: AvroSchema;
  readonly mapping: ValueMapping;
  readonly leaf: LeafPrinter;
  /** Printed behind each value. */
  readonly suffix: string;
}

/** The program; null for what has to be read by way of values. */
export function compileJson(order: JsonOrder): JsonProgram | null {
  const { reader, writer, mapping, suffix } = order;
  const { timestampMillis, decimal, uuid } = mapping;
  if (timestampMillis === "date" || decimal === "string" || uuid === "checked") return null;
  if (!resolves(reader, writer, mapping)) return null;
  try {
    return new JsonCompiler(order).compile(reader, writer, suffix);
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

class Unsupported extends Error {}

/** In numbers; records that hold others twice, and these others twice, would take a program without bounds. */
const longestInPlace = 10_000;

interface Call {
  readonly reader: RecordSchema;
  readonly writer: RecordSchema;
  readonly at: number;
}

class JsonCompiler {
  readonly #order: JsonOrder;
  readonly #program = new ProgramBuilder();
  readonly #calls: Call[] = [];
  /** Records of the reader that are being compiled: one that holds itself is called. */
  readonly #open = new Set<RecordSchema>();

  constructor(order: JsonOrder) {
    this.#order = order;
  }

  compile(reader: AvroSchema, writer: AvroSchema, suffix: string): JsonProgram {
    const program = this.#program;
    this.#value(reader, writer);
    program.print(suffix);
    program.add(instruction.end);
    const places = new Map<RecordSchema, Map<RecordSchema, number>>();
    // The list grows while it is gone over.
    for (const call of this.#calls) {
      const row = places.get(call.reader) ?? new Map<RecordSchema, number>();
      places.set(call.reader, row);
      let place = row.get(call.writer);
      if (place === undefined) {
        place = program.label();
        row.set(call.writer, place);
        this.#record(call.reader, call.writer);
        program.add(instruction.return);
      }
      program.set(call.at, place);
    }
    return program.build();
  }

  #value(reader: AvroSchema, writer: AvroSchema): void {
    const program = this.#program;
    if (writer.kind === "union") {
      this.#union(reader, writer.branches);
    } else if (reader.kind === "union") {
      const branch = pickBranch(reader.branches, writer, this.#order.mapping);
      if (branch === null) throw new Unsupported();
      this.#value(branch, writer);
    } else if (reader.kind === "record" && writer.kind === "record") {
      this.#nested(reader, writer);
    } else if (reader.kind === "array" && writer.kind === "array") {
      program.print("[");
      const end = program.add(instruction.array, 0);
      const item = program.label();
      this.#value(reader.items, writer.items);
      program.add(instruction.nextItem, item);
      program.set(end, program.label());
    } else if (reader.kind === "map" && writer.kind === "map") {
      program.print("{");
      const end = program.add(instruction.map, 0);
      const entry = program.label();
      program.add(instruction.mapKey);
      this.#value(reader.values, writer.values);
      program.add(instruction.nextEntry, entry);
      program.set(end, program.label());
    } else if (reader.kind === "enum" && writer.kind === "enum") {
      const texts = writer.symbols.map((symbol) => program.text(JSON.stringify(symbolOf(reader, symbol))));
      program.add(instruction.enum, texts.length, ...texts.flat());
    } else {
      this.#leaf(reader, writer);
    }
  }

  /** In its place, which saves a call and its return, while the program is no longer than it should be. */
  #nested(reader: RecordSchema, writer: RecordSchema): void {
    const program = this.#program;
    if (this.#open.has(reader) || program.size > longestInPlace) {
      this.#calls.push({ reader, writer, at: program.add(instruction.call, 0) });
      return;
    }
    this.#open.add(reader);
    this.#record(reader, writer);
    this.#open.delete(reader);
  }

  #leaf(reader: AvroSchema, writer: AvroSchema): void {
    const program = this.#program;
    const isPlain = reader.logicalType === undefined;
    if (reader.kind === "null") program.print("null");
    else if (reader.kind === "string") program.add(instruction.string);
    else if (reader.kind === "boolean") program.add(instruction.boolean);
    else if (isPlain && (reader.kind === "int" || reader.kind === "long")) {
      program.add(writer.kind === "int" ? instruction.int : instruction.long);
    } else {
      const read = program.read(compileRead(reader, writer, this.#order.leaf(reader)));
      const isTimestamp = reader.logicalType === "timestamp-millis" && writer.kind === "long";
      program.add(isTimestamp ? instruction.timestamp : instruction.read, read);
    }
  }

  #union(reader: AvroSchema, branches: readonly AvroSchema[]): void {
    const program = this.#program;
    const nullAt = branches.findIndex(({ kind }) => kind === "null");
    const other = branches[1 - nullAt];
    if (branches.length === 2 && nullAt !== -1 && other !== undefined) {
      const bytes = [nullAt << 1, (1 - nullAt) << 1] as const;
      if (this.#isText(reader, other)) {
        program.add(instruction.optionalString, ...bytes);
        return;
      }
      const at = program.add(instruction.optional, ...bytes, 0);
      this.#value(reader, other);
      program.set(at + bytes.length, program.label());
      return;
    }
    const at = program.add(instruction.union, branches.length, ...branches.map(() => 0));
    const ends: number[] = [];
    for (const [index, branch] of branches.entries()) {
      program.set(at + 1 + index, program.label());
      this.#value(reader, branch);
      ends.push(program.add(instruction.jump, 0));
    }
    const end = program.label();
    for (const jump of ends) program.set(jump, end);
  }

  #isText(reader: AvroSchema, writer: AvroSchema): boolean {
    const branch =
      reader.kind === "union" ? pickBranch(reader.branches, writer, this.#order.mapping) : reader;
    return branch?.kind === "string";
  }

  #record(reader: RecordSchema, writer: RecordSchema): void {
    const program = this.#program;
    const places = reader.fields.map((field) => findWritten(field, writer));
    const found = places.filter((place) => place !== -1);
    if (new Set(found).size < found.length) throw new Unsupported();
    const isInOrder = found.every((place, index) => index === 0 || place > (found[index - 1] as number));
    const skips = writer.fields.map(({ type }, index) =>
      isInOrder && found.includes(index) ? -1 : program.skip(compileSkip(type)),
    );
    if (!isInOrder) program.add(instruction.mark, skips.length, ...skips);
    let next = 0;
    const skipTo = (place: number) => {
      for (; isInOrder && next < place; next += 1) program.add(instruction.skip, skips[next] as number);
    };
    if (reader.fields.length === 0) program.print("{");
    for (const [index, field] of reader.fields.entries()) {
      program.print(`${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`);
      const place = places[index] as number;
      const written = writer.fields[place];
      if (written === undefined) {
        program.print(this.#default(field));
        continue;
      }
      skipTo(place);
      if (!isInOrder) program.add(instruction.seek, skips.length, place);
      this.#value(field.type, written.type);
      if (!isInOrder) program.add(instruction.sought, skips.length, place);
      next = place + 1;
    }
    program.print("}");
    skipTo(skips.length);
    if (!isInOrder) program.add(instruction.unmark, skips.length);
  }

  #default(field: RecordField): string {
    if (field.default === undefined || !isOptionalField(field, this.#order.mapping)) throw new Unsupported();
    return this.#defaultText(field.type, field.default);
  }

  #defaultText(type: AvroSchema, value: JsonValue): string {
    switch (type.kind) {
      case "null":
      case "boolean":
      case "string":
      case "enum":
        return JSON.stringify(value);
      case "int":
      case "long":
      case "double":
      case "float":
        return this.#order.leaf(type)(value);
      case "bytes":
      case "fixed":
        return this.#order.leaf(type)(Buffer.from(String(value), "latin1"));
      case "array": {
        const items = value as readonly JsonValue[];
        return `[${items.map((item) => this.#defaultText(type.items, item)).join(",")}]`;
      }
      case "map": {
        const entries = Object.entries(value as object).map(
          ([key, item]) => `${JSON.stringify(key)}:${this.#defaultText(type.values, item)}`,
        );
        return `{${entries.join(",")}}`;
      }
      case "union": {
        const branch = type.branches[branchOfDefault(type.branches, value)];
        if (branch === undefined) throw new Unsupported();
        return this.#defaultText(branch, value);
      }
      case "record": {
        const fields = type.fields.map((field) => {
          const given = value as Readonly<Record<string, JsonValue>>;
          const text = Object.hasOwn(given, field.name)
            ? this.#defaultText(field.type, given[field.name] as JsonValue)
            : this.#default(field);
          return `${JSON.stringify(field.name)}:${text}`;
        });
        return `{${fields.join(",")}}`;
      }
    }
  }
}

function symbolOf(reader: EnumSchema, symbol: string): string {
  const known = reader.symbols.includes(symbol) ? symbol : reader.default;
  if (known === undefined) throw new Unsupported();
  return known;
}
