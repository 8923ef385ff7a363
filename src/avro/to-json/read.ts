/**
 * Values that are printed by way of themselves: numbers with a point, bytes, and logical types (Avro specification,
 * "Binary Encoding"; what they are promoted to, "Schema Resolution").
 */
import type { AvroSchema } from "../model.ts";
import { BytesFault, type Cursor, readExactLong } from "../tap.ts";
import { isInt } from "../value-check.ts";

/** Decodes a value that no instruction prints by itself, and prints it. Throws for what it cannot print. */
export type ReadText = (tap: Cursor) => string;

/** Throws BytesFault for bytes that are no value of the writer's type; past the end it leaves `pos` there. */
export function compileRead(
  reader: AvroSchema,
  writer: AvroSchema,
  print: (value: unknown) => string,
): ReadText {
  const toReader = reader.kind === "float" ? Math.fround : (value: number) => value;
  switch (writer.kind) {
    case "int":
      return (at) => {
        const value = readExactLong(at);
        if (!isInt(value)) throw new BytesFault("an int of more than 32 bits");
        return print(toReader(value));
      };
    case "long":
      return (at) => {
        const value = readExactLong(at);
        if (!Number.isSafeInteger(value)) throw new BytesFault("a long beyond 2^53-1");
        return print(toReader(value));
      };
    case "float":
      return (at) => {
        const start = pass(at, 4);
        return start === null ? "" : print(at.buf.readFloatLE(start));
      };
    case "double":
      return (at) => {
        const start = pass(at, 8);
        return start === null ? "" : print(at.buf.readDoubleLE(start));
      };
    case "fixed": {
      const { size } = writer;
      return (at) => {
        const start = pass(at, size);
        return start === null ? "" : print(at.buf.subarray(start, at.pos));
      };
    }
    default:
      return (at) => {
        const length = readExactLong(at);
        if (length < 0) throw new BytesFault("bytes of negative length");
        const start = pass(at, length);
        return start === null ? "" : print(at.buf.subarray(start, at.pos));
      };
  }
}

/** Where so many bytes begin; null when they are not all there. */
function pass(at: Cursor, count: number): number | null {
  const start = at.pos;
  at.pos += count;
  return at.pos > at.buf.length ? null : start;
}
