/**
 * From a socket's chunks to Kafka's frames: four bytes of length, then so many bytes.
 * A frame that lies in one chunk is a view on it; one that spans several is put together once, when it is whole.
 */
import { FrameError } from "./reader.ts";

export interface FrameAssembler {
  /** Bytes taken in and not yet handed out. */
  readonly bufferedBytes: number;
  push(chunk: Buffer): void;
  /** The next whole frame without its length, or null. Throws FrameError `too-large` or `malformed`. */
  next(): Buffer | null;
}

export function createFrameAssembler(maxFrameBytes: number): FrameAssembler {
  let chunks: Buffer[] = [];
  let head = 0;
  /** Bytes of the first chunk that are used up. */
  let offset = 0;
  let buffered = 0;

  const dropHead = () => {
    head++;
    offset = 0;
    if (head === chunks.length) {
      chunks = [];
      head = 0;
    } else if (head > 1024) {
      chunks = chunks.slice(head);
      head = 0;
    }
  };

  /** The length of the next frame, when its four bytes are here. */
  const peekLength = (): number | null => {
    if (buffered < 4) return null;
    const first = chunks[head];
    if (first !== undefined && first.length - offset >= 4) return first.readInt32BE(offset);
    let length = 0;
    let index = head;
    let at = offset;
    for (let i = 0; i < 4; ) {
      const chunk = chunks[index];
      if (chunk === undefined) return null;
      const byte = chunk[at];
      if (byte === undefined) {
        index++;
        at = 0;
        continue;
      }
      length = (length << 8) | byte;
      at++;
      i++;
    }
    return length;
  };

  const take = (length: number): Buffer => {
    buffered -= length;
    const first = chunks[head];
    if (first !== undefined && first.length - offset >= length) {
      const view = first.subarray(offset, offset + length);
      offset += length;
      if (offset === first.length) dropHead();
      return view;
    }
    const whole = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const chunk = chunks[head];
      if (chunk === undefined) break;
      const copied = chunk.copy(whole, at, offset, offset + length - at);
      at += copied;
      offset += copied;
      if (offset === chunk.length) dropHead();
    }
    return whole;
  };

  return {
    get bufferedBytes() {
      return buffered;
    },
    push(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      buffered += chunk.length;
    },
    next() {
      const length = peekLength();
      if (length === null) return null;
      if (length < 0) throw new FrameError("malformed", `a frame of ${length} bytes`);
      if (length > maxFrameBytes) {
        throw new FrameError("too-large", `a frame of ${length} bytes; at most ${maxFrameBytes} are taken`);
      }
      if (buffered < 4 + length) return null;
      take(4);
      return length === 0 ? Buffer.alloc(0) : take(length);
    },
  };
}
