import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32c } from "./crc32c.ts";

/** Bit by bit, as the polynomial says. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("CRC-32C", () => {
  test.each([
    ["the check string of every CRC catalogue", Buffer.from("123456789"), 0xe3069283],
    ["32 zeros (RFC 3720 B.4)", Buffer.alloc(32), 0x8a9136aa],
    ["32 bytes of ones (RFC 3720 B.4)", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["0 to 31 (RFC 3720 B.4)", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ["nothing", Buffer.alloc(0), 0],
  ])("of %s is the published one", (_, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });

  test("is the same as bit by bit, for any bytes and any part of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
        const start = Math.min(a, b, bytes.length);
        const end = Math.min(Math.max(a, b), bytes.length);
        expect(crc32c(bytes, start, end)).toBe(slowCrc(bytes.subarray(start, end)));
      }),
    );
  });
});
