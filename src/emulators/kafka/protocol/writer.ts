/**
 * Kafka's primitive types written into a response. Record data is taken as it is, never copied: a response is a
 * list of buffers, of which only those between records are the writer's own.
 */
const firstBytes = 256;

/** Bytes that lie in several buffers, in order. */
export interface Chunks {
  readonly buffers: readonly Buffer[];
  readonly byteLength: number;
}

export class Writer {
  #buffer = Buffer.allocUnsafe(firstBytes);
  #start = 0;
  #at = 0;
  readonly #done: Buffer[] = [];
  #doneBytes = 0;

  #room(length: number): number {
    const at = this.#at;
    if (at + length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, at + length - this.#start));
      this.#buffer.copy(grown, 0, this.#start, at);
      this.#buffer = grown;
      this.#at = at - this.#start + length;
      this.#start = 0;
      return this.#at - length;
    }
    this.#at = at + length;
    return at;
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.#buffer[at] = value;
  }

  int16(value: number): void {
    const at = this.#room(2);
    this.#buffer.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#buffer.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#room(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#buffer.writeInt32BE(high, at);
    this.#buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  /** Unsigned, at most 32 bits. */
  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.int8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.int8(rest);
  }

  /** From 32 hexadecimal digits. */
  uuid(value: string): void {
    const at = this.#room(16);
    this.#buffer.write(value, at, 16, "hex");
  }

  string(value: string | null, compact: boolean): void {
    if (value === null) {
      if (compact) this.varint(0);
      else this.int16(-1);
      return;
    }
    const length = Buffer.byteLength(value);
    if (compact) this.varint(length + 1);
    else this.int16(length);
    const at = this.#room(length);
    this.#buffer.write(value, at, length, "utf8");
  }

  bytes(value: Buffer | null, compact: boolean): void {
    if (value === null) {
      if (compact) this.varint(0);
      else this.int32(-1);
      return;
    }
    if (compact) this.varint(value.length + 1);
    else this.int32(value.length);
    this.raw(value);
  }

  /** Bytes without a length, copied. */
  raw(value: Buffer): void {
    const at = this.#room(value.length);
    value.copy(this.#buffer, at);
  }

  /** Record data: its buffers become part of the response without a copy. */
  records(value: Chunks | null, compact: boolean): void {
    if (value === null) {
      this.bytes(null, compact);
      return;
    }
    if (compact) this.varint(value.byteLength + 1);
    else this.int32(value.byteLength);
    if (value.buffers.length === 0) return;
    this.#close();
    for (const buffer of value.buffers) this.#done.push(buffer);
    this.#doneBytes += value.byteLength;
  }

  #close(): void {
    if (this.#at === this.#start) return;
    this.#done.push(this.#buffer.subarray(this.#start, this.#at));
    this.#doneBytes += this.#at - this.#start;
    this.#start = this.#at;
  }

  arrayLength(length: number, compact: boolean): void {
    if (compact) this.varint(length + 1);
    else this.int32(length);
  }

  /** All that was written. The writer is spent. */
  finish(): Chunks {
    this.#close();
    return { buffers: this.#done, byteLength: this.#doneBytes };
  }
}
