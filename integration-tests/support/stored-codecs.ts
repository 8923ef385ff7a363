/**
 * Snappy and LZ4 as far as a test needs them: valid streams that hold their bytes as they are, so that brokers
 * which look inside a batch accept it. Formats: snappy in Xerial's framing, as Kafka uses it, and the LZ4 frame
 * format 1.6.
 */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const xerialHead = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const maxLiteral = 60;
const snappyBlockBytes = 32 * 1024;

/** Length as a varint, then literals of at most 60 bytes: the tag holds the length less one. */
function snappyBlock(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += maxLiteral) {
    const literal = bytes.subarray(at, at + maxLiteral);
    parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export const storedSnappy: Codec = {
  async compress({ buffer }) {
    const parts: Buffer[] = [xerialHead];
    for (let at = 0; at < buffer.length; at += snappyBlockBytes) {
      const block = snappyBlock(buffer.subarray(at, at + snappyBlockBytes));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(block.length);
      parts.push(length, block);
    }
    return Buffer.concat(parts);
  },
  async decompress(bytes) {
    const parts: Buffer[] = [];
    for (let at = xerialHead.length; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      at += 4;
      while (bytes.readUInt8(at++) > 0x7f);
      while (at < end) {
        const length = (bytes.readUInt8(at++) >> 2) + 1;
        parts.push(bytes.subarray(at, at + length));
        at += length;
      }
    }
    return Buffer.concat(parts);
  },
};

/** Magic, version 1 with independent blocks, blocks of up to 64 KiB, and the checksum of these two bytes. */
const lz4Head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const lz4BlockBytes = 64 * 1024;
const isStored = 0x80000000;

export const storedLz4: Codec = {
  async compress({ buffer }) {
    const parts: Buffer[] = [lz4Head];
    for (let at = 0; at < buffer.length; at += lz4BlockBytes) {
      const block = buffer.subarray(at, at + lz4BlockBytes);
      const length = Buffer.alloc(4);
      length.writeUInt32LE((block.length | isStored) >>> 0);
      parts.push(length, block);
    }
    return Buffer.concat([...parts, Buffer.alloc(4)]);
  },
  async decompress(bytes) {
    const parts: Buffer[] = [];
    for (let at = lz4Head.length; ; ) {
      const length = bytes.readUInt32LE(at) & ~isStored;
      if (length === 0) return Buffer.concat(parts);
      parts.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  },
};
