import { describe, expect, test } from "@jest/globals";
import { packLz4, unpackLz4 } from "./lz4.ts";
import { packSnappy, unpackSnappy } from "./snappy.ts";

/** What librdkafka sent for `plain`, read back from Kafka. */
const ofLibrdkafka = {
  snappy: `7wU8FgAAAAhrZXkwAjAAKAAAAgEMQDEUYSB0d2VldCwgMQA6AAAEARUEMiYVFRUJFDIATAAABgEeBDA4FRVGCQAUMwBeAAAIAScEMUpGHgBG
EgAUNABwAAAKATAEMlxGHgBqEgAYNQCCAQAADAE6BDBuaigAahsAGDYAlgEAAA4BQwgxgAFqKQCOGwAYNwCoAQAAEAFNBDKS/k0AFXEYOAC6AQAA
EgFWBDCk/lYAFVYVXxg5AM4BAAAUAV8EMbj+XwBGXwAVaBwxMADgAQAAFgFpBDLK/mkAamkALGEgdHdlZXQsIDExAA==`,
  lz4: `BCJNGGBAguEAAADwARYAAAAIa2V5MAIwACgAAAIMAPACMRRhIHR3ZWV0LCAxADoAAAQVACUyJhUABQkAYDIATAAABh4AJTA4FQAOCQBgMwBeAAAI
JwAuMUoeAA4SAGA0AHAAAAowAC4yXB4ADxIACHA1AIIBAAAMOgAvMG4oAAgPGwAIcDYAlgEAAA5DAD8xgAEpAAgPGwARcDcAqAEAABBNAC8ykk0A
LQVxAHA4ALoBAAASVgAvMKRWADYFXwBwOQDOAQAAFF8ALzG4XwA/BWgAgDEwAOABAAAWaQAvMsppAEgDcgBQLCAxMQAAAAAA`,
} as const;

/** Twelve records: length, attributes, time, offset, key, value, headers. */
const plain = Buffer.concat(
  Array.from({ length: 12 }, (_, n) => {
    const value = `${"a tweet, ".repeat(n)}${n}`;
    const zigzag = (length: number) =>
      length < 64 ? [2 * length] : [((2 * length) & 0x7f) | 0x80, (2 * length) >> 7];
    const body = Buffer.concat([
      Buffer.from([0, 0, 2 * n, 8]),
      Buffer.from(`key${n % 3}`),
      Buffer.from(zigzag(value.length)),
      Buffer.from(`${value}\0`),
    ]);
    return Buffer.concat([Buffer.from(zigzag(body.length)), body]);
  }),
);

const codecs = [
  { name: "snappy", pack: packSnappy, unpack: unpackSnappy },
  { name: "lz4", pack: packLz4, unpack: unpackLz4 },
] as const;

describe.each(codecs)("$name", ({ name, pack, unpack }) => {
  const packed = Buffer.from(ofLibrdkafka[name], "base64");

  test("of librdkafka is unpacked", () => {
    expect(unpack(packed, 1e6).toString("latin1")).toBe(plain.toString("latin1"));
  });

  test.each([0, 1, 60, 70_000, 200_000])("of %d bytes comes back from what is packed here", (size) => {
    const bytes = Buffer.from(Array.from({ length: size }, (_, n) => n % 251));
    expect(unpack(pack(bytes), 1e6).equals(bytes)).toBe(true);
  });

  test("that is cut short or damaged throws a RangeError, or unpacks to something else", () => {
    for (let at = 0; at < packed.length; at++) {
      for (const bytes of [
        packed.subarray(0, at),
        Buffer.concat([packed.subarray(0, at), Buffer.from([255]), packed.subarray(at + 1)]),
      ]) {
        try {
          unpack(bytes, 1e6);
        } catch (error) {
          expect(error).toMatchObject({ name: "RangeError" });
        }
      }
    }
  });

  test("that unpacks to more than is allowed is refused", () => {
    expect(() => unpack(pack(Buffer.alloc(300_000)), 100_000)).toThrow(RangeError);
  });
});
