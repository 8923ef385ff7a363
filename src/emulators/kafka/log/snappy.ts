/**
 * Snappy, as Kafka's producers write it: bare blocks (librdkafka) or Xerial's framing around them (Java). What is
 * written here holds its bytes as they are.
 * Spec: https://github.com/google/snappy/blob/main/format_description.txt
 */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version 1, compatible with version 1. */
const xerialHead = Buffer.concat([xerialMagic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const frameBytes = 32 * 1024;

/** Throws RangeError on what is not snappy or unpacks to more than `maxBytes`. */
export function unpackSnappy(packed: Buffer, maxBytes: number): Buffer {
  if (!packed.subarray(0, xerialMagic.length).equals(xerialMagic)) return unpackBlock(packed, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = xerialHead.length; at < packed.length; ) {
    const end = at + 4 + packed.readUInt32BE(at);
    const block = unpackBlock(packed.subarray(at + 4, end), left);
    left -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

function unpackBlock(packed: Buffer, maxBytes: number): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = packed.readUInt8(at++);
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (size > maxBytes) throw new RangeError(`a snappy block of ${size} bytes`);
  const plain = Buffer.alloc(size);
  let written = 0;
  while (at < packed.length) {
    const tag = packed.readUInt8(at++);
    let length = (tag >> 2) + 1;
    let distance: number;
    switch (tag & 3) {
      case 0: {
        if (length > 60) {
          const lengthBytes = length - 60;
          length = packed.readUIntLE(at, lengthBytes) + 1;
          at += lengthBytes;
        }
        if (at + length > packed.length || written + length > size)
          throw new RangeError("a literal is cut short");
        written += packed.copy(plain, written, at, at + length);
        at += length;
        continue;
      }
      case 1:
        length = ((tag >> 2) & 7) + 4;
        distance = ((tag >> 5) << 8) | packed.readUInt8(at);
        at += 1;
        break;
      case 2:
        distance = packed.readUInt16LE(at);
        at += 2;
        break;
      default:
        distance = packed.readUInt32LE(at);
        at += 4;
    }
    written = copyBack(plain, written, distance, length);
  }
  if (written !== size) throw new RangeError("a snappy block is cut short");
  return plain;
}

/** Repeats `length` bytes from `distance` back, which may reach into what is being written. Returns where it ends. */
export function copyBack(plain: Buffer, written: number, distance: number, length: number): number {
  const end = written + length;
  if (distance < 1 || distance > written || end > plain.length)
    throw new RangeError("a copy from out of range");
  for (let i = written; i < end; i++) plain[i] = plain[i - distance] as number;
  return end;
}

export function packSnappy(plain: Buffer): Buffer {
  const parts: Buffer[] = [xerialHead];
  for (let at = 0; at < plain.length; at += frameBytes) {
    const bytes = plain.subarray(at, at + frameBytes);
    // Length as a varint of three bytes, then one literal whose length less one takes two.
    const head = Buffer.alloc(10);
    head.writeUInt32BE(6 + bytes.length, 0);
    head.writeUInt8((bytes.length & 0x7f) | 0x80, 4);
    head.writeUInt8(((bytes.length >> 7) & 0x7f) | 0x80, 5);
    head.writeUInt8(bytes.length >> 14, 6);
    head.writeUInt8(61 << 2, 7);
    head.writeUInt16LE(bytes.length - 1, 8);
    parts.push(head, bytes);
  }
  return Buffer.concat(parts);
}
