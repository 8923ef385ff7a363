/**
 * avsc's types for mapped values: bigint longs, Dates, decimal texts and checked UUIDs on the wire of their base types.
 * A resolver reads with `this` bound to itself, so that nothing here reads by way of `this`.
 */
import avsc from "avsc";
import type { AvscType, CopyOptions, Resolver } from "./avsc-types.ts";
import { BytesFault, maxVarintBytes, readExactLong, readText, type Tap, writeExactLong } from "./tap.ts";
import {
  describeMapped,
  formatDecimal,
  fromDecimalBytes,
  isMappedValue,
  type MappedType,
  parseDecimal,
  toDecimalBytes,
} from "./value-mapping.ts";

type AvscClass = new (schema?: unknown, options?: unknown) => AvscType;
const base = avsc.types as unknown as Record<
  "LongType" | "StringType" | "BytesType" | "FixedType",
  AvscClass
>;

/** By avsc's own name for a long of another kind, so that it copies a default for each value: a Date can be changed. */
class AbstractLong extends base.LongType {}
Object.defineProperties(AbstractLong.prototype, {
  typeName: { value: "abstract:long" },
  _concreteTypeName: { value: "long" },
});

/** What stands for a base type: on the wire as that one, in JavaScript as mapped. */
interface Conversion {
  readonly read: (tap: Tap) => unknown;
  readonly write: (tap: Tap, value: unknown) => void;
  /** A default of the schema as a value. */
  readonly fromDefault: (value: unknown) => unknown;
  /** Kinds of a writer that `read` reads. */
  readonly reads: readonly string[];
}

/** A type of `part`, the schema of a long, string, bytes or fixed, whose values are mapped. */
export function createMappedType(
  part: Record<string, unknown>,
  mapped: MappedType,
  options: object,
): AvscType {
  switch (mapped.kind) {
    case "bigint":
      return new (convert(AbstractLong, mapped, bigintConversion))();
    case "date":
      return new (convert(AbstractLong, mapped, dateConversion))();
    case "uuid":
      return new (convert(base.StringType, mapped, uuidConversion))();
    case "decimal": {
      const size = part.type === "fixed" ? Number(part.size) : null;
      const Type = convert(
        size === null ? base.BytesType : base.FixedType,
        mapped,
        decimalConversion(mapped, size),
      );
      return new Type(part, options);
    }
  }
}

function convert(Base: AvscClass, mapped: MappedType, conversion: Conversion): AvscClass {
  const check = (value: unknown): void => {
    if (!isMappedValue(mapped, value)) throw new TypeError(`not ${describeMapped(mapped)}`);
  };
  return class extends Base {
    override _read(tap: Tap): unknown {
      return conversion.read(tap);
    }

    override _write(tap: Tap, value: unknown): void {
      check(value);
      conversion.write(tap, value);
    }

    override _check(value: unknown): boolean {
      return isMappedValue(mapped, value);
    }

    override _copy(value: unknown, options?: CopyOptions): unknown {
      const copy = options?.wrap === 2 ? conversion.fromDefault(value) : value;
      check(copy);
      return copy instanceof Date ? new Date(copy) : copy;
    }

    override _update(resolver: Resolver, writer: AvscType, options: object): void {
      // The base type knows whether the writer's type may be read at all.
      super._update(resolver, writer, options);
      if (resolver._read !== null && conversion.reads.includes(writer.typeName))
        resolver._read = conversion.read;
    }
  };
}

const bigintConversion: Conversion = {
  read: readBigLong,
  write: (tap, value) => writeBigLong(tap, value as bigint),
  fromDefault: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : value),
  reads: ["int", "long"],
};

const dateConversion: Conversion = {
  read(tap) {
    const date = new Date(readExactLong(tap));
    if (Number.isNaN(date.getTime())) throw new BytesFault("a timestamp beyond what a Date can hold");
    return date;
  },
  write: (tap, value) => writeExactLong(tap, (value as Date).getTime()),
  fromDefault: (value) => (typeof value === "number" ? new Date(value) : value),
  reads: ["int", "long"],
};

const uuidConversion: Conversion = {
  read(tap) {
    const text = readText(tap);
    if (tap.pos <= tap.buf.length && !isMappedValue({ kind: "uuid" }, text))
      throw new BytesFault("a text that is no UUID");
    return text;
  },
  write: (tap, value) => tap.writeString(value as string),
  fromDefault: (value) => value,
  reads: ["string", "bytes"],
};

function decimalConversion(type: Extract<MappedType, { kind: "decimal" }>, size: number | null): Conversion {
  const parse = (bytes: Buffer | undefined): string => {
    // Short bytes come from a text that ends: what is missing is told when the whole was read.
    if (bytes === undefined || bytes.length === 0) throw new BytesFault("a decimal of no bytes");
    return check(formatDecimal(type, fromDecimalBytes(bytes)));
  };
  const check = (text: string): string => {
    if (!isMappedValue(type, text)) throw new BytesFault(`a decimal of more than ${type.precision} digits`);
    return text;
  };
  return {
    read: (tap) => parse(size === null ? tap.readBytes() : tap.readFixed(size)),
    write(tap, value) {
      const bytes = toDecimalBytes(parseDecimal(type, value as string) ?? 0n, size);
      if (size === null) tap.writeBytes(bytes);
      else tap.writeFixed(bytes, size);
    },
    fromDefault: (value) => (typeof value === "string" ? parse(Buffer.from(value, "latin1")) : value),
    reads: ["bytes", "string", "fixed"],
  };
}

function readBigLong(tap: Tap): bigint {
  const { buf } = tap;
  let value = 0n;
  for (let count = 0; count < maxVarintBytes; count += 1) {
    const byte = buf[tap.pos++] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * count);
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  throw new BytesFault("a number of more than ten bytes");
}

function writeBigLong(tap: Tap, value: bigint): void {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest > 0x7fn) {
    tap.buf[tap.pos++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  tap.buf[tap.pos++] = Number(rest);
}
