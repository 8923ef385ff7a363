/**
 * What is wrong with bytes that could not be decoded, and at which place of the value (Avro specification, "Binary
 * Encoding"). Read only after the fast decoder has refused them.
 */
import { isUtf8 } from "node:buffer";
import { AvroError, type AvroErrorCode } from "./error.ts";
import { type AvroSchema, branchName, fullNameText } from "./model.ts";
import { childPointer, describePointer } from "./pointer.ts";
import { maxEmptyItems, maxVarintBytes } from "./tap.ts";
import { isWrappedUnion } from "./union-shape.ts";

/** The error for bytes that are no value of the schema, or not that alone; null when nothing is wrong with them.
 * `holdsLongs`: the reader has a value for every long of 64 bits. */
export function findByteFault(
  schema: AvroSchema,
  bytes: Buffer,
  { holdsLongs = false }: { readonly holdsLongs?: boolean } = {},
): AvroError | null {
  const walk = new ByteWalk(bytes, holdsLongs);
  try {
    walk.value(schema, "");
    const left = bytes.length - walk.position;
    if (left > 0) walk.fail("trailing-bytes", "", `${left} of ${bytes.length} bytes are left over`);
    return null;
  } catch (cause) {
    if (cause instanceof AvroError) return cause;
    if (cause instanceof RangeError) {
      return new AvroError("corrupt", "the bytes nest values too deeply", { details: { path: "" }, cause });
    }
    throw cause;
  }
}

class ByteWalk {
  position = 0;
  private empty = 0;
  private readonly bytes: Buffer;
  private readonly holdsLongs: boolean;

  constructor(bytes: Buffer, holdsLongs: boolean) {
    this.bytes = bytes;
    this.holdsLongs = holdsLongs;
  }

  fail(code: AvroErrorCode, path: string, reason: string): never {
    const where = path === "" ? "" : ` at ${describePointer(path)}`;
    throw new AvroError(code, `${reason}${where}, byte ${this.position}`, {
      details: { path, byte: this.position },
    });
  }

  value(schema: AvroSchema, path: string): void {
    switch (schema.kind) {
      case "null":
        return;
      case "boolean": {
        const byte = this.bytes[this.position];
        if (byte !== undefined && byte > 1) this.fail("corrupt", path, `a boolean is 0 or 1, not ${byte}`);
        this.skip(1, path);
        return;
      }
      case "int": {
        const value = this.long(path);
        if (value !== BigInt.asIntN(32, value)) this.fail("corrupt", path, "an int of more than 32 bits");
        return;
      }
      case "long": {
        const value = this.long(path);
        if (!this.holdsLongs && !Number.isSafeInteger(Number(value))) {
          this.fail(
            "long-out-of-range",
            path,
            `the long ${value} is beyond 2^53-1, which a number cannot hold`,
          );
        }
        return;
      }
      case "float":
        this.skip(4, path);
        return;
      case "double":
        this.skip(8, path);
        return;
      case "bytes":
        this.skip(this.length(path), path);
        return;
      case "string":
        this.text(path);
        return;
      case "fixed":
        this.skip(schema.size, path);
        return;
      case "enum": {
        const index = this.long(path);
        if (index < 0n || index >= schema.symbols.length) {
          this.fail("corrupt", path, `${fullNameText(schema.fullName)} has no symbol number ${index}`);
        }
        return;
      }
      case "union": {
        const index = this.long(path);
        const branch = index < 0n ? undefined : schema.branches[Number(index)];
        if (branch === undefined) this.fail("corrupt", path, `the union has no branch number ${index}`);
        const inside =
          isWrappedUnion(schema) && branch.kind !== "null" ? childPointer(path, branchName(branch)) : path;
        this.value(branch, inside);
        return;
      }
      case "array": {
        let index = 0;
        this.blocks(path, () => this.value(schema.items, childPointer(path, index++)));
        return;
      }
      case "map":
        this.blocks(path, () => {
          const key = this.text(path);
          this.value(schema.values, childPointer(path, key));
        });
        return;
      case "record":
        for (const field of schema.fields) this.value(field.type, childPointer(path, field.name));
    }
  }

  private skip(count: number, path: string): void {
    const left = this.bytes.length - this.position;
    if (count > left) this.fail("truncated", path, `the bytes end: ${count} are needed, ${left} are left`);
    this.position += count;
  }

  private text(path: string): string {
    const length = this.length(path);
    const start = this.position;
    this.skip(length, path);
    const bytes = this.bytes.subarray(start, this.position);
    if (!isUtf8(bytes)) this.fail("corrupt", path, "a string that is not UTF-8");
    return bytes.toString("utf8");
  }

  private blocks(path: string, item: () => void): void {
    let total = 0;
    for (;;) {
      let count = Number(this.long(path));
      if (count === 0) return;
      if (count < 0) {
        count = -count;
        this.length(path);
      }
      total += count;
      if (total > maxEmptyItems && total > this.bytes.length) {
        this.fail("corrupt", path, `a count of ${count} items, more than there are bytes`);
      }
      const size = count;
      const start = this.position;
      for (; count > 0; count -= 1) item();
      this.empty += Math.max(0, size - (this.position - start));
      if (this.empty > maxEmptyItems) {
        this.fail("corrupt", path, `more than ${maxEmptyItems} items of no bytes`);
      }
    }
  }

  private length(path: string): number {
    const length = this.long(path);
    if (length < 0n) this.fail("corrupt", path, `a negative length, ${length}`);
    return Number(length);
  }

  private long(path: string): bigint {
    let value = 0n;
    for (let count = 0; count < maxVarintBytes; count += 1) {
      const byte = this.bytes[this.position];
      if (byte === undefined) return this.fail("truncated", path, "the bytes end inside a number");
      this.position += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    return this.fail("corrupt", path, "a number of more than ten bytes");
  }
}
