/**
 * From two schemas to WebAssembly that prints the writer's bytes as the reader's JSON (Avro specification, "Schema
 * Resolution"). Fields are printed in the reader's order; what has none is text of the program. Names and texts come
 * from a registry: in the program they are numbers that are stored, and nothing that is run.
 */
import { branchOfDefault } from "../default-value.ts";
import type { AvroSchema, EnumSchema, JsonValue, RecordField, RecordSchema } from "../model.ts";
import { isOptionalField } from "../value-check.ts";
import { deepestValue } from "../value-depth.ts";
import type { ValueMapping } from "../value-mapping.ts";
import { assemble } from "./assembler.ts";
import { createMainCode, createSharedCode, type JsonCode } from "./json-code.ts";
import { firstFunction, imports, layout } from "./layout.ts";
import { compileRead, type ReadText } from "./read.ts";
import { findWritten, pickBranch, resolves } from "./resolves.ts";
import { routines } from "./routines.ts";
import { compileSkip, type Skip } from "./skip.ts";

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

export interface JsonProgram {
  /** A module that exports `print`: the place after the record to the place after its JSON, -1 for no sound record. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the imported `read` and `skip` do, by number. */
  readonly reads: readonly ReadText[];
  readonly skips: readonly Skip[];
}

/** The program; null for what has to be read by way of values. */
export function compileJson(order: JsonOrder): JsonProgram | null {
  const { reader, writer, mapping } = order;
  const { timestampMillis, decimal, uuid } = mapping;
  if (timestampMillis === "date" || decimal === "string" || uuid === "checked") return null;
  if (!resolves(reader, writer, mapping)) return null;
  try {
    return new JsonCompiler(order).compile();
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

class Unsupported extends Error {}

/** In values that are printed. */
const longest = 50_000;
/** Records that hold others twice, and these others twice, would take a program without bounds. */
const longestInPlace = 2000;

/** A record that is a function of its own. */
interface Shared {
  readonly reader: RecordSchema;
  readonly writer: RecordSchema;
  readonly callee: number;
}

class JsonCompiler {
  readonly #order: JsonOrder;
  readonly #reads: ReadText[] = [];
  readonly #skips: Skip[] = [];
  readonly #shared: Shared[] = [];
  /** Records of the reader that are being compiled: one that holds itself is called. */
  readonly #open = new Set<RecordSchema>();
  #code: JsonCode = createMainCode();
  /** Whether what is compiled may run within itself. */
  #isNesting = false;
  /** In how many others a value stands in the function that is compiled, and the most of them. */
  #level = 0;
  #levels = 0;
  #size = 0;

  constructor(order: JsonOrder) {
    this.#order = order;
  }

  compile(): JsonProgram {
    const { reader, writer, suffix } = this.#order;
    this.#value(reader, writer);
    this.#code.print(suffix);
    if (this.#levels > deepestValue) throw new Unsupported();
    const functions = [...routines, this.#code.toMain()];
    this.#isNesting = true;
    // The list grows while it is gone over.
    for (const shared of this.#shared) {
      this.#code = createSharedCode();
      this.#levels = 0;
      this.#record(shared.reader, shared.writer);
      if (this.#levels > deepestValue) throw new Unsupported();
      functions.push(this.#code.toShared(deepestValue - this.#levels));
    }
    const bytes = assemble({
      imports,
      memoryPages: layout.pages,
      functions,
      exports: { print: firstFunction },
    });
    return { bytes, reads: this.#reads, skips: this.#skips };
  }

  #value(reader: AvroSchema, writer: AvroSchema): void {
    const code = this.#code;
    this.#size += 1;
    if (this.#size > longest) throw new Unsupported();
    if (writer.kind === "union") {
      this.#union(reader, writer.branches);
    } else if (reader.kind === "union") {
      const branch = pickBranch(reader.branches, writer, this.#order.mapping);
      if (branch === null) throw new Unsupported();
      this.#inside(() => this.#value(branch, writer));
    } else if (reader.kind === "record" && writer.kind === "record") {
      this.#nested(reader, writer);
    } else if (reader.kind === "array" && writer.kind === "array") {
      code.print("[");
      code.list(() => this.#inside(() => this.#value(reader.items, writer.items)));
      code.print("]");
    } else if (reader.kind === "map" && writer.kind === "map") {
      code.print("{");
      code.entries(() => this.#inside(() => this.#value(reader.values, writer.values)));
      code.print("}");
    } else if (reader.kind === "enum" && writer.kind === "enum") {
      const texts = writer.symbols.map((symbol) => JSON.stringify(symbolOf(reader, symbol)));
      code.choose(texts.map((text) => () => code.print(text)));
    } else {
      this.#leaf(reader, writer);
    }
  }

  /** A union counts as its value may, wrapped, so that no value is deeper than it is here. */
  #inside<Given>(value: () => Given): Given {
    this.#level += 1;
    this.#levels = Math.max(this.#levels, this.#level);
    const given = value();
    this.#level -= 1;
    return given;
  }

  /** In its place, which saves a call, while the program is no longer than it should be. */
  #nested(reader: RecordSchema, writer: RecordSchema): void {
    if (this.#open.has(reader) || this.#size > longestInPlace) {
      this.#code.shared(this.#calleeOf(reader, writer), this.#level);
      return;
    }
    this.#open.add(reader);
    this.#record(reader, writer);
    this.#open.delete(reader);
  }

  #calleeOf(reader: RecordSchema, writer: RecordSchema): number {
    const known = this.#shared.find((each) => each.reader === reader && each.writer === writer);
    if (known !== undefined) return known.callee;
    const callee = firstFunction + 1 + this.#shared.length;
    this.#shared.push({ reader, writer, callee });
    return callee;
  }

  #leaf(reader: AvroSchema, writer: AvroSchema): void {
    const code = this.#code;
    const isPlain = reader.logicalType === undefined;
    if (reader.kind === "null") code.print("null");
    else if (reader.kind === "string") code.string();
    else if (reader.kind === "boolean") code.boolean();
    else if (isPlain && (reader.kind === "int" || reader.kind === "long")) {
      if (writer.kind === "int") code.int();
      else code.long();
    } else {
      const read = this.#reads.push(compileRead(reader, writer, this.#order.leaf(reader))) - 1;
      if (reader.logicalType === "timestamp-millis" && writer.kind === "long") code.timestamp(read);
      else code.read(read);
    }
  }

  #union(reader: AvroSchema, branches: readonly AvroSchema[]): void {
    const nullAt = branches.findIndex(({ kind }) => kind === "null");
    const other = branches[1 - nullAt];
    if (branches.length === 2 && nullAt !== -1 && other !== undefined) {
      this.#code.optional(nullAt, () => this.#value(reader, other));
    } else {
      this.#code.choose(branches.map((branch) => () => this.#value(reader, branch)));
    }
  }

  #record(reader: RecordSchema, writer: RecordSchema): void {
    const code = this.#code;
    const places = reader.fields.map((field) => findWritten(field, writer));
    const found = places.filter((place) => place !== -1);
    const taken = new Set(found);
    if (taken.size < found.length) throw new Unsupported();
    const isInOrder = found.every((place, index) => index === 0 || place > (found[index - 1] as number));
    // Each level would pass over all that is inside of it before it prints that.
    if (!isInOrder && this.#isNesting) throw new Unsupported();
    const skips = writer.fields.map(({ type }, index) =>
      isInOrder && taken.has(index) ? -1 : this.#skips.push(compileSkip(type)) - 1,
    );
    const marks: number[] = [];
    for (const skip of isInOrder ? [] : skips) {
      marks.push(code.mark());
      code.skip(skip);
    }
    const end = isInOrder ? -1 : code.mark();
    let next = 0;
    const skipTo = (place: number) => {
      for (; isInOrder && next < place; next += 1) code.skip(skips[next] as number);
    };
    if (reader.fields.length === 0) code.print("{");
    for (const [index, field] of reader.fields.entries()) {
      code.print(`${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`);
      const place = places[index] as number;
      const written = writer.fields[place];
      if (written === undefined) {
        code.print(this.#default(field));
        continue;
      }
      skipTo(place);
      if (!isInOrder) code.seek(marks[place] as number);
      this.#inside(() => this.#value(field.type, written.type));
      if (!isInOrder) code.expect(marks[place + 1] ?? end);
      next = place + 1;
    }
    code.print("}");
    skipTo(skips.length);
    if (!isInOrder) code.seek(end);
  }

  /** What a reader's field has where the writer has none. */
  #default(field: RecordField): string {
    if (field.default === undefined || !isOptionalField(field, this.#order.mapping)) throw new Unsupported();
    const { type, default: value } = field;
    return this.#inside(() => this.#defaultValue(type, value));
  }

  #defaultValue(type: AvroSchema, value: JsonValue): string {
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
        return `[${items.map((item) => this.#inside(() => this.#defaultValue(type.items, item))).join(",")}]`;
      }
      case "map": {
        const entries = Object.entries(value as object).map(
          ([key, item]) =>
            `${JSON.stringify(key)}:${this.#inside(() => this.#defaultValue(type.values, item))}`,
        );
        return `{${entries.join(",")}}`;
      }
      case "union": {
        const branch = type.branches[branchOfDefault(type.branches, value)];
        if (branch === undefined) throw new Unsupported();
        return this.#inside(() => this.#defaultValue(branch, value));
      }
      case "record": {
        const fields = type.fields.map((field) => {
          const given = value as Readonly<Record<string, JsonValue>>;
          const text = Object.hasOwn(given, field.name)
            ? this.#inside(() => this.#defaultValue(field.type, given[field.name] as JsonValue))
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
