/**
 * The 64-bit Rabin fingerprint CRC-64-AVRO (Avro specification, "Schema Fingerprints").
 */
import { toParsingCanonicalForm } from "./canonical.ts";
import type { AvroSchema } from "./model.ts";

const empty = 0xc15d213aa4d7a795n;

const table: readonly bigint[] = Array.from({ length: 256 }, (_, byte) => {
  let entry = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) entry = (entry >> 1n) ^ (empty & -(entry & 1n));
  return BigInt.asUintN(64, entry);
});

/** CRC-64-AVRO of the Parsing Canonical Form: 16 hex digits, most significant first. */
export function fingerprintOf(schema: AvroSchema): string {
  return fingerprintOfBytes(Buffer.from(toParsingCanonicalForm(schema), "utf8"));
}

/** CRC-64-AVRO of any bytes: 16 hex digits, most significant first. */
export function fingerprintOfBytes(bytes: Uint8Array): string {
  let print = empty;
  for (const byte of bytes) {
    print = (print >> 8n) ^ (table[Number((print ^ BigInt(byte)) & 0xffn)] ?? 0n);
  }
  return print.toString(16).padStart(16, "0");
}
