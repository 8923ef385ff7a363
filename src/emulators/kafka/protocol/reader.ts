/**
 * Kafka's primitive types read from a request, every length checked against what is there.
 * Spec: https://kafka.apache.org/protocol.html#protocol_types
 */
import { BirdwireError } from "../../../kernel/error.ts";

/** `malformed`: the bytes break the protocol. `too-large`: they keep it, past a bound of this broker. */
export type FrameErrorCode = "malformed" | "too-large";
export class FrameError extends BirdwireError<FrameErrorCode> {}

/** Elements of all arrays of one request together: far above any client's, far below what would hurt. */
export const maxElementsPerRequest = 100_000;

const noBytes = Buffer.alloc(0);

export class Reader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;
  #elementsLeft = maxElementsPerRequest;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Where the next `length` bytes start; moves past them. Throws FrameError `malformed` when there are fewer. */
  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || length > this.#end - at) {
      throw new FrameError("malformed", `${length} bytes wanted, ${this.#end - at} left`);
    }
    this.#at = at + length;
    return at;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  /** Exact to 2^53, rounded beyond: nothing that a broker reckons with lies there. */
  int64(): number {
    const at = this.#take(8);
    return this.#buffer.readInt32BE(at) * 0x1_0000_0000 + this.#buffer.readUInt32BE(at + 4);
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  /** Unsigned, at most 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer[this.#take(1)] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new FrameError("malformed", "a varint of more than 32 bits");
  }

  /** 32 hexadecimal digits. */
  uuid(): string {
    const at = this.#take(16);
    return this.#buffer.toString("hex", at, at + 16);
  }

  /** Null for length -1 (0 in compact form). */
  string(compact: boolean): string | null {
    const length = compact ? this.varint() - 1 : this.int16();
    if (length === -1) return null;
    const at = this.#take(length);
    return this.#buffer.toString("utf8", at, at + length);
  }

  /** A view on the frame, not a copy. Null for length -1 (0 in compact form). */
  bytes(compact: boolean): Buffer | null {
    const length = compact ? this.varint() - 1 : this.int32();
    if (length === -1) return null;
    if (length === 0) return noBytes;
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** Number of elements, or -1 for null; no more than the bytes left could hold. Throws FrameError `too-large`. */
  arrayLength(compact: boolean, minElementBytes: number): number {
    const length = compact ? this.varint() - 1 : this.int32();
    if (length < -1 || length * minElementBytes > this.remaining) {
      throw new FrameError("malformed", `an array of ${length} elements in ${this.remaining} bytes`);
    }
    this.#elementsLeft -= length;
    if (this.#elementsLeft < 0) {
      throw new FrameError("too-large", `more than ${maxElementsPerRequest} array elements in one request`);
    }
    return length;
  }

  skip(length: number): void {
    this.#take(length);
  }
}
