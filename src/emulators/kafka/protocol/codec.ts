/**
 * From the description of a message to the code for one of its versions.
 * Flexible versions (compact lengths, tagged fields) are KIP-482's.
 */
import type { Draft, Field, Fields, Message } from "./field.ts";
import { FrameError, type Reader } from "./reader.ts";
import { type Chunks, Writer } from "./writer.ts";

interface TypeCodec {
  readonly minBytes: number;
  read(reader: Reader): unknown;
  write(writer: Writer, value: unknown): void;
}

export interface MessageCodec<F extends Fields> {
  /** Throws FrameError. Buffers in the message are views on the frame. */
  decode(reader: Reader): Message<F>;
  encode(writer: Writer, value: Draft<F>): void;
}

/** The codec of `version`, whose form is flexible or not. */
export function createMessageCodec<F extends Fields>(
  fields: F,
  version: number,
  flexible: boolean,
): MessageCodec<F> {
  const codec = structCodec(fields, version, flexible);
  return {
    decode: (reader) => codec.read(reader) as Message<F>,
    encode: (writer, value) => codec.write(writer, value),
  };
}

function structCodec(fields: Fields, version: number, flexible: boolean): TypeCodec {
  const present: { name: string; codec: TypeCodec; fallback: unknown }[] = [];
  const tagged: { name: string; codec: TypeCodec; tag: number }[] = [];
  const template: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    template[name] = field.default;
    if (version < field.since || version > field.until) continue;
    const codec = typeCodec(field, version, flexible);
    if (field.tag === undefined) present.push({ name, codec, fallback: field.default });
    else if (flexible) tagged.push({ name, codec, tag: field.tag });
  }
  tagged.sort((a, b) => a.tag - b.tag);

  const readTagged = (reader: Reader, message: Record<string, unknown>) => {
    const count = reader.varint();
    for (let i = 0; i < count; i++) {
      const tag = reader.varint();
      const length = reader.varint();
      const known = tagged.find((field) => field.tag === tag);
      if (known === undefined) {
        reader.skip(length);
        continue;
      }
      const end = reader.remaining - length;
      if (end < 0) throw new FrameError("malformed", "a tagged field longer than its frame");
      message[known.name] = known.codec.read(reader);
      if (reader.remaining !== end) throw new FrameError("malformed", "a tagged field of a wrong length");
    }
  };

  return {
    minBytes: present.reduce((sum, { codec }) => sum + codec.minBytes, flexible ? 1 : 0),
    read(reader) {
      const message = { ...template };
      for (const { name, codec } of present) message[name] = codec.read(reader);
      if (flexible) readTagged(reader, message);
      return message;
    },
    write(writer, value) {
      const message = value as Record<string, unknown>;
      for (const { name, codec, fallback } of present) {
        const given = message[name];
        codec.write(writer, given === undefined ? fallback : given);
      }
      if (!flexible) return;
      const given = tagged.filter(({ name }) => message[name] !== undefined);
      writer.varint(given.length);
      for (const { name, codec, tag } of given) {
        const inner = new Writer();
        codec.write(inner, message[name]);
        const { buffers, byteLength } = inner.finish();
        writer.varint(tag);
        writer.varint(byteLength);
        for (const buffer of buffers) writer.raw(buffer);
      }
    },
  };
}

const fixed = {
  int8: { minBytes: 1, read: (r: Reader) => r.int8(), write: (w: Writer, v: unknown) => w.int8(v as number) },
  int16: {
    minBytes: 2,
    read: (r: Reader) => r.int16(),
    write: (w: Writer, v: unknown) => w.int16(v as number),
  },
  int32: {
    minBytes: 4,
    read: (r: Reader) => r.int32(),
    write: (w: Writer, v: unknown) => w.int32(v as number),
  },
  int64: {
    minBytes: 8,
    read: (r: Reader) => r.int64(),
    write: (w: Writer, v: unknown) => w.int64(v as number),
  },
  bool: {
    minBytes: 1,
    read: (r: Reader) => r.bool(),
    write: (w: Writer, v: unknown) => w.bool(v as boolean),
  },
  uuid: {
    minBytes: 16,
    read: (r: Reader) => r.uuid(),
    write: (w: Writer, v: unknown) => w.uuid(v as string),
  },
} as const satisfies Record<string, TypeCodec>;

function typeCodec(field: Field<unknown>, version: number, flexible: boolean): TypeCodec {
  const nullable = version >= field.nullableSince;
  const refuseNull = <T>(value: T | null): T | null => {
    if (value === null && !nullable) throw new FrameError("malformed", "null where a value must be");
    return value;
  };
  switch (field.type) {
    case "string":
      return {
        minBytes: flexible ? 1 : 2,
        read: (reader) => refuseNull(reader.string(flexible)),
        // A field that turned nullable later is written as empty text before that.
        write: (writer, value) =>
          writer.string(nullable ? (value as string | null) : String(value ?? ""), flexible),
      };
    case "bytes":
      return {
        minBytes: flexible ? 1 : 4,
        read: (reader) => refuseNull(reader.bytes(flexible)),
        write: (writer, value) => writer.bytes(value as Buffer | null, flexible),
      };
    case "records":
      return {
        minBytes: flexible ? 1 : 4,
        read(reader) {
          const value = refuseNull(reader.bytes(flexible));
          return value === null ? null : ({ buffers: [value], byteLength: value.length } satisfies Chunks);
        },
        write: (writer, value) => writer.records(value as Chunks | null, flexible),
      };
    case "array":
      return arrayCodec(field, version, flexible, refuseNull);
    case "struct": {
      const codec = structCodec(field.fields ?? {}, version, flexible);
      return nullable ? nullableCodec(codec) : codec;
    }
    default:
      return fixed[field.type];
  }
}

/** A byte before the struct: -1 is null. */
function nullableCodec({ read, write }: TypeCodec): TypeCodec {
  return {
    minBytes: 1,
    read: (reader) => (reader.int8() < 0 ? null : read(reader)),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) write(writer, value);
    },
  };
}

function arrayCodec(
  field: Field<unknown>,
  version: number,
  flexible: boolean,
  refuseNull: (value: null) => null,
): TypeCodec {
  if (field.element === undefined) throw new TypeError("an array field without an element");
  const element = typeCodec(field.element, version, flexible);
  return {
    minBytes: flexible ? 1 : 4,
    read(reader) {
      const length = reader.arrayLength(flexible, element.minBytes);
      if (length === -1) return refuseNull(null);
      const values: unknown[] = [];
      for (let i = 0; i < length; i++) values.push(element.read(reader));
      return values;
    },
    write(writer, value) {
      const values = value as readonly unknown[] | null;
      if (values === null) return writer.arrayLength(-1, flexible);
      writer.arrayLength(values.length, flexible);
      for (const each of values) element.write(writer, each);
    },
  };
}
