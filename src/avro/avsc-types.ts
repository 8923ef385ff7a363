/**
 * avsc's types made strict. avsc 5.7.9 reads and writes longs between 2^52 and 2^53 with the wrong sign, loops for as
 * long as a corrupt item count says, turns bytes that are not UTF-8 into U+FFFD, and takes `__proto__` in a map for a
 * prototype. Its methods with an underscore are not declared; they are named here once.
 */
import avsc from "avsc";
import { createEnumType, type EnumPart, isSameName } from "./avsc-enum.ts";
import { createMappedType } from "./avsc-mapped-types.ts";
import { MappedBareUnion, StrictBareUnion, StrictWrappedUnion } from "./avsc-unions.ts";
import { markFields, withPlainDefaults } from "./record-resolution.ts";
import {
  BytesFault,
  countEmpty,
  maxEmptyItems,
  readBlockCount,
  readExactLong,
  readText,
  skipBlocks,
  type Tap,
  writeExactLong,
  writeLongText,
  writeShortAscii,
} from "./tap.ts";
import type { ValueBucket } from "./union-shape.ts";
import { isFloat, isInt, isPlainObject } from "./value-check.ts";
import type { MappedType } from "./value-mapping.ts";

export interface Resolver {
  _read: ((tap: Tap) => unknown) | null;
  itemsType: Reader | null;
  valuesType: Reader | null;
}

export interface Reader {
  _read(tap: Tap): unknown;
}

export interface ResolveOptions {
  readonly ignoreNamespaces?: boolean;
  registry?: Record<string, unknown>;
}

export interface CopyOptions {
  /** 2 while a default is read. */
  readonly wrap?: number;
}

interface AvscField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvscType;
  defaultValue(): unknown;
}

export interface AvscType extends Reader {
  readonly typeName: string;
  readonly branchName?: string;
  /** Only of a named type: in full. */
  readonly name?: string;
  readonly aliases: readonly string[];
  readonly types: readonly AvscType[];
  readonly fields: readonly AvscField[];
  readonly itemsType: AvscType;
  readonly valuesType: AvscType;
  readonly _branchConstructor: (new (value: unknown) => unknown) | null;
  /** Only of a record. */
  readonly recordConstructor: new (
    ...values: readonly unknown[]
  ) => unknown;
  _createConstructor(...options: readonly unknown[]): unknown;
  _check(value: unknown): boolean;
  _skip(tap: Tap): void;
  _write(tap: Tap, value: unknown): void;
  _copy(value: unknown, options?: CopyOptions): unknown;
  _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void;
  createResolver(writer: AvscType, options?: ResolveOptions): Reader;
  /** Throws when bytes are missing or left over. */
  fromBuffer(bytes: Buffer, resolver?: Reader): unknown;
  /** The end of what was written, or the number of missing bytes, negative. */
  encode(value: unknown, target: Buffer, position: number): number;
}

export type AvscClass = new (schema?: unknown, options?: unknown) => AvscType;

const base = avsc.types as unknown as Record<
  | "BooleanType"
  | "IntType"
  | "LongType"
  | "FloatType"
  | "DoubleType"
  | "BytesType"
  | "StringType"
  | "ArrayType"
  | "MapType"
  | "RecordType"
  | "FixedType",
  AvscClass
>;

const forSchema = avsc.Type.forSchema as unknown as (schema: unknown, options: object) => AvscType;

class StrictBoolean extends base.BooleanType {
  override _read(tap: Tap): unknown {
    const byte = tap.buf[tap.pos++] ?? 0;
    if (byte > 1) throw new BytesFault("a boolean that is neither 0 nor 1");
    return byte === 1;
  }
}

class StrictInt extends base.IntType {
  override _read(tap: Tap): unknown {
    const value = readExactLong(tap);
    if (!isInt(value)) throw new BytesFault("an int of more than 32 bits");
    return value;
  }
}

class StrictLong extends base.LongType {
  override _read(tap: Tap): unknown {
    const value = readExactLong(tap);
    if (!Number.isSafeInteger(value)) throw new BytesFault("a long beyond 2^53-1");
    return value;
  }

  override _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new TypeError("not a long");
    writeExactLong(tap, value as number);
  }

  override _copy(value: unknown): unknown {
    if (!Number.isSafeInteger(value)) throw new TypeError("not a long");
    return value;
  }

  override _update(resolver: Resolver, writer: AvscType): void {
    // `this` is the resolver when a resolver reads, so both readers stand alone.
    if (writer.typeName === "int" || writer.typeName === "long") resolver._read = writer._read;
  }
}

class StrictFloat extends base.FloatType {
  override _write(tap: Tap, value: unknown): void {
    if (!isFloat(value)) throw new TypeError("not a float");
    super._write(tap, value);
  }

  override _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void {
    super._update(resolver, writer, options);
    if (writer.typeName === "long") resolver._read = (tap) => Math.fround(readExactLong(tap));
    else if (writer.typeName === "int") resolver._read = (tap) => Math.fround(readExactLong(tap));
  }
}

class StrictDouble extends base.DoubleType {
  override _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void {
    super._update(resolver, writer, options);
    if (writer.typeName === "long") resolver._read = readExactLong;
  }
}

class StrictString extends base.StringType {
  override _write(tap: Tap, value: unknown): void {
    if (typeof value !== "string") throw new TypeError("not a string");
    if (value.length < 64 ? writeShortAscii(tap, value) : writeLongText(tap, value)) return;
    if (!value.isWellFormed()) throw new TypeError("half of a surrogate pair");
    super._write(tap, value);
  }
}

// By this very function a union knows that it may read a text without a detour.
Object.defineProperty(StrictString.prototype, "_read", { value: readText });

/** A default's bytes are characters up to U+00FF; avsc cuts others down to that. */
function checkDefaultBytes(value: unknown, options: CopyOptions | undefined): void {
  if (options?.wrap === 2 && typeof value === "string" && !/^[\u0000-\u00ff]*$/.test(value)) {
    throw new TypeError("no bytes");
  }
}

class StrictBytes extends base.BytesType {
  override _copy(value: unknown, options?: CopyOptions): unknown {
    checkDefaultBytes(value, options);
    return super._copy(value, options);
  }
}

const maxReservedItems = 64;

class StrictArray extends base.ArrayType {
  override _read(tap: Tap): unknown {
    const items: Reader = this.itemsType;
    let list: unknown[] = [];
    let length = 0;
    for (let count = readBlockCount(tap); count !== 0; count = readBlockCount(tap)) {
      if (length + count > maxEmptyItems && length + count > tap.buf.length) {
        throw new BytesFault("more items than there are bytes");
      }
      // Most lists are one short block; to grow by pushing would take room for seventeen.
      if (length === 0 && count <= maxReservedItems) list = new Array(count);
      const size = count;
      const start = tap.pos;
      for (; count > 0; count -= 1) {
        list[length++] = items._read(tap);
        if (tap.pos > tap.buf.length) return list;
      }
      if (tap.pos - start < size) countEmpty(tap, size, tap.pos - start);
    }
    return list;
  }

  override _skip(tap: Tap): void {
    const { itemsType } = this;
    skipBlocks(tap, (at) => itemsType._skip(at));
  }
}

class StrictMap extends base.MapType {
  override _read(tap: Tap): unknown {
    const values: Reader = this.valuesType;
    const map: Record<string, unknown> = {};
    for (let count = readBlockCount(tap); count !== 0; count = readBlockCount(tap)) {
      for (; count > 0; count -= 1) {
        const key = readText(tap);
        const value = values._read(tap);
        if (tap.pos > tap.buf.length) return map;
        if (key === "__proto__") {
          Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
        } else {
          map[key] = value;
        }
      }
    }
    return map;
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (!isPlainObject(value) || !Object.hasOwn(value, "__proto__")) return super._copy(value, options);
    const map = {};
    for (const [key, item] of Object.entries(value)) {
      const copy = this.valuesType._copy(item, options);
      Object.defineProperty(map, key, { value: copy, enumerable: true, configurable: true, writable: true });
    }
    return map;
  }

  override _skip(tap: Tap): void {
    const { valuesType } = this;
    skipBlocks(tap, (at) => {
      readText(at);
      valuesType._skip(at);
    });
  }
}

class StrictRecord extends base.RecordType {
  /** Called by avsc's constructor: what a new record is made with. */
  override _createConstructor(...options: readonly unknown[]): unknown {
    return super._createConstructor.call(withPlainDefaults<AvscType>(this), ...options);
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (options?.wrap !== 2) return super._copy(value, options);
    // avsc takes anything for a record without fields, and reads the defaults of fields once more, though they are read.
    if (!isPlainObject(value)) throw new TypeError("not a record");
    const values = this.fields.map((field) => {
      const item = Object.hasOwn(value, field.name)
        ? field.type._copy(value[field.name], options)
        : field.defaultValue();
      if (item === undefined) throw new TypeError("a field is missing");
      return item;
    });
    return new this.recordConstructor(...values);
  }

  override _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void {
    if (writer.typeName !== "record" || !isSameName(this, writer)) return;
    const marked = markFields<AvscType, AvscType>(this, writer);
    super._update.call(marked.reader, resolver, marked.writer, options);
  }
}

const unused = (): never => {
  throw new TypeError("the type is only resolved");
};

/** Of a writer: it is resolved and skipped. avsc compiles the rest for each record, which takes most of its time. */
class WrittenRecord extends StrictRecord {
  _createReader(): unknown {
    return unused;
  }

  _createWriter(): unknown {
    return unused;
  }

  _createChecker(): unknown {
    return unused;
  }
}

class StrictFixed extends base.FixedType {
  override _copy(value: unknown, options?: CopyOptions): unknown {
    checkDefaultBytes(value, options);
    return super._copy(value, options);
  }

  override _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void {
    if (isSameName(this, writer)) super._update(resolver, writer, options);
  }
}

const primitives: ReadonlyMap<unknown, AvscType> = new Map<unknown, AvscType>([
  ["boolean", new StrictBoolean()],
  ["int", new StrictInt()],
  ["long", new StrictLong()],
  ["float", new StrictFloat()],
  ["double", new StrictDouble()],
  ["bytes", new StrictBytes()],
  ["string", new StrictString()],
]);

/** What the schema's text does not say, by the identity of its parts. */
export interface PartNotes {
  /** Unions whose values are wrapped. */
  readonly wrapped: ReadonlySet<unknown>;
  /** Types whose values are mapped. */
  readonly mapped: ReadonlyMap<unknown, MappedType>;
  /** Bare unions with a mapped branch: where the values of each branch are put. */
  readonly buckets: ReadonlyMap<unknown, readonly ValueBucket[]>;
}

/**
 * avsc's type for a schema as `avsc-schema.ts` prints it, in a registry of its own. One for a `writer` can be given to
 * `createResolver` and nothing else.
 */
export function createAvscType(
  schema: unknown,
  { wrapped, mapped, buckets }: PartNotes,
  role: "writer" | "any" = "any",
): AvscType {
  const Record = role === "writer" ? WrittenRecord : StrictRecord;
  const typeHook = (part: unknown, options: object): AvscType | undefined => {
    const primitive = primitives.get(part);
    if (primitive !== undefined) return primitive;
    if (Array.isArray(part)) {
      const branches = part.map((branch: unknown) => forSchema(branch, options));
      if (wrapped.has(part)) return new StrictWrappedUnion(branches, options);
      const places = buckets.get(part);
      return places === undefined
        ? new StrictBareUnion(branches, options)
        : new MappedBareUnion(branches, options, places);
    }
    const mappedType = mapped.get(part);
    if (mappedType !== undefined) {
      return createMappedType(part as Record<string, unknown>, mappedType, options);
    }
    switch ((part as { readonly type?: unknown }).type) {
      case "array":
        return new StrictArray(part, options);
      case "map":
        return new StrictMap(part, options);
      case "record":
        return new Record(part, options);
      case "enum":
        return createEnumType(part as EnumPart, options);
      case "fixed":
        return new StrictFixed(part, options);
      default:
        return undefined;
    }
  };
  return forSchema(schema, { typeHook, omitRecordMethods: true, registry: Object.create(null) });
}
