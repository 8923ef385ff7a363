/**
 * LZ4 frames, as Kafka's producers write them; checksums are let pass, since the batch has its own. What is written
 * here holds its bytes as they are.
 * Spec: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md
 */
import { copyBack } from "./snappy.ts";

const magic = 0x184d2204;
const flag = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const;
const storedBit = 0x80000000;
/** Magic, version 1 with independent blocks, blocks of up to 64 KiB, and the checksum of these two bytes. */
const storedHead = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const storedBlockBytes = 64 * 1024;

/** Throws RangeError on what is no such frame or unpacks to more than `maxBytes`. */
export function unpackLz4(packed: Buffer, maxBytes: number): Buffer {
  if (packed.readUInt32LE(0) !== magic) throw new RangeError("no LZ4 frame");
  const flags = packed.readUInt8(4);
  const blockBytes = 2 ** (8 + 2 * ((packed.readUInt8(5) >> 4) & 7));
  let at = 7 + (flags & flag.contentSize ? 8 : 0) + (flags & flag.dictionary ? 4 : 0);
  let plain = Buffer.alloc(0);
  let written = 0;
  for (;;) {
    const head = packed.readUInt32LE(at);
    at += 4;
    if (head === 0) return plain.subarray(0, written);
    const length = head & ~storedBit;
    const block = packed.subarray(at, at + length);
    if (length < 0 || block.length < length) throw new RangeError("an LZ4 block is cut short");
    if (written + blockBytes > plain.length) {
      if (written > maxBytes) throw new RangeError(`LZ4 of over ${maxBytes} bytes`);
      const grown = Buffer.alloc(2 * plain.length + blockBytes);
      plain.copy(grown);
      plain = grown;
    }
    // Blocks may refer to those before them, so all of them unpack into one buffer.
    written = head & storedBit ? written + block.copy(plain, written) : unpackBlock(block, plain, written);
    at += length + (flags & flag.blockChecksum ? 4 : 0);
  }
}

function unpackBlock(block: Buffer, plain: Buffer, from: number): number {
  let written = from;
  let at = 0;
  const readLength = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255; ) {
      byte = block.readUInt8(at++);
      length += byte;
    }
    return length;
  };
  for (;;) {
    const token = block.readUInt8(at++);
    const literal = readLength(token >> 4);
    if (at + literal > block.length || written + literal > plain.length)
      throw new RangeError("a literal is cut short");
    written += block.copy(plain, written, at, at + literal);
    at += literal;
    if (at === block.length) return written;
    const distance = block.readUInt16LE(at);
    at += 2;
    written = copyBack(plain, written, distance, readLength(token & 15) + 4);
  }
}

export function packLz4(plain: Buffer): Buffer {
  const parts: Buffer[] = [storedHead];
  for (let at = 0; at < plain.length; at += storedBlockBytes) {
    const block = plain.subarray(at, at + storedBlockBytes);
    const head = Buffer.alloc(4);
    head.writeUInt32LE((block.length | storedBit) >>> 0);
    parts.push(head, block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}
