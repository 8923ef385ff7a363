/**
 * CRC-32C (Castagnoli), the checksum of a record batch, sixteen bytes a step over sixteen tables.
 * Spec: RFC 3720, appendix B.4; `zlib.crc32` has another polynomial.
 */
const polynomial = 0x82f63b78;

/** Table k gives what a byte does to the checksum when k bytes follow it. */
const tables = createTables();

function createTables(): Int32Array {
  const made = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let i = 256; i < made.length; i++) {
    const before = at(made, i - 256);
    made[i] = at(made, before & 0xff) ^ (before >>> 8);
  }
  return made;
}

function at(table: Int32Array, index: number): number {
  return table[index] as number;
}

/** Unsigned checksum of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = tables;
  const b = bytes;
  let crc = -1;
  let i = start;
  for (const last = end - 15; i < last; i += 16) {
    crc =
      (t[0xf00 | ((crc ^ (b[i] as number)) & 0xff)] as number) ^
      (t[0xe00 | (((crc >>> 8) ^ (b[i + 1] as number)) & 0xff)] as number) ^
      (t[0xd00 | (((crc >>> 16) ^ (b[i + 2] as number)) & 0xff)] as number) ^
      (t[0xc00 | ((crc >>> 24) ^ (b[i + 3] as number))] as number) ^
      (t[0xb00 | (b[i + 4] as number)] as number) ^
      (t[0xa00 | (b[i + 5] as number)] as number) ^
      (t[0x900 | (b[i + 6] as number)] as number) ^
      (t[0x800 | (b[i + 7] as number)] as number) ^
      (t[0x700 | (b[i + 8] as number)] as number) ^
      (t[0x600 | (b[i + 9] as number)] as number) ^
      (t[0x500 | (b[i + 10] as number)] as number) ^
      (t[0x400 | (b[i + 11] as number)] as number) ^
      (t[0x300 | (b[i + 12] as number)] as number) ^
      (t[0x200 | (b[i + 13] as number)] as number) ^
      (t[0x100 | (b[i + 14] as number)] as number) ^
      (t[b[i + 15] as number] as number);
  }
  for (; i < end; i++) crc = (t[(crc ^ (b[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
