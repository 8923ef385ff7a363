/**
 * The 64-bit Rabin fingerprint CRC-64-AVRO (Avro specification, "Schema Fingerprints").
 */
import { toParsingCanonicalForm } from "./canonical.ts";
import type { AvroSchema } from "./model.ts";

const emptyHigh = 0xc15d213a | 0;
const emptyLow = 0xa4d7a795 | 0;

// A half each: a bigint for each byte takes thirty times as long, which thousands of schemas make seconds.
const tableHigh = new Int32Array(256);
const tableLow = new Int32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let [high, low] = [0, byte];
  for (let bit = 0; bit < 8; bit += 1) {
    const mask = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (emptyLow & mask);
    high = (high >>> 1) ^ (emptyHigh & mask);
  }
  tableHigh[byte] = high;
  tableLow[byte] = low;
}

const known = new WeakMap<AvroSchema, string>();

/** CRC-64-AVRO of the Parsing Canonical Form: 16 hex digits, most significant first. Remembered while the schema is. */
export function fingerprintOf(schema: AvroSchema): string {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const fingerprint = fingerprintOfBytes(Buffer.from(toParsingCanonicalForm(schema), "utf8"));
  known.set(schema, fingerprint);
  return fingerprint;
}

/** CRC-64-AVRO of any bytes: 16 hex digits, most significant first. */
export function fingerprintOfBytes(bytes: Uint8Array): string {
  let [high, low] = [emptyHigh, emptyLow];
  for (const byte of bytes) {
    const entry = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (tableLow[entry] ?? 0);
    high = (high >>> 8) ^ (tableHigh[entry] ?? 0);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
