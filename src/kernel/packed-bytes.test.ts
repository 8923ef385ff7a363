import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Packing, packingOfHead, packingOfName, unpackBytes } from "./packed-bytes.ts";

/** Noise among the words, so that it packs into several blocks. */
const lines = (from: number, count: number) =>
  Buffer.from(
    Array.from({ length: count }, (_, n) => `{"id":"${from + n}","t":"${Math.sin(from + n)}"}\n`).join(""),
  );

async function* cutEvery(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(packing: Packing, bytes: Buffer, size = 64 * 1024) {
  const chunks: Buffer[] = [];
  let code: unknown = null;
  try {
    for await (const chunk of unpackBytes(packing, cutEvery(bytes, size))) chunks.push(chunk);
  } catch (error) {
    code = (error as { code?: unknown }).code ?? error;
  }
  return { bytes: Buffer.concat(chunks), code };
}

const packs = [
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
] as const;

describe.each(packs)("%s", (packing, pack) => {
  const [first, second] = [lines(0, 300), lines(300, 20)];

  test.each([1, 7, 1000, 1_000_000])(
    "members in a row, in chunks of %d bytes, are all read",
    async (size) => {
      const members = [first, Buffer.alloc(0), second].map((member) => pack(member));
      expect(await unpack(packing, Buffer.concat(members), size)).toEqual({
        bytes: Buffer.concat([first, second]),
        code: null,
      });
    },
  );

  test.each([1, 5, 40])(
    "a next member of which only %d bytes are there costs nothing of the one before it",
    async (kept) => {
      const cut = Buffer.concat([pack(first), pack(second).subarray(0, kept)]);
      const outcome = await unpack(packing, cut);
      expect(outcome.code).toBe("packed-bytes-cut");
      expect(outcome.bytes.subarray(0, first.length).equals(first)).toBe(true);
    },
  );

  test("a member cut in its middle gives what it holds, then says that it is cut", async () => {
    const packed = pack(lines(0, 20_000));
    const { bytes, code } = await unpack(packing, packed.subarray(0, packed.length / 2));
    expect(code).toBe("packed-bytes-cut");
    expect(bytes.length).toBeGreaterThan(200_000);
    expect(lines(0, 20_000).subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  test("what is not packed so is corrupt", async () => {
    expect(await unpack(packing, Buffer.from("plain text, and more of it"))).toMatchObject({
      code: "packed-bytes-corrupt",
    });
  });

  test("the error of the input is passed on", async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield pack(first);
      throw new RangeError("the disk is gone");
    }
    const reading = async () => {
      for await (const _ of unpackBytes(packing, failing()));
    };
    await expect(reading()).rejects.toThrow("the disk is gone");
  });

  test("leaving early ends the input", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield pack(first);
      } finally {
        closed = true;
      }
    }
    for await (const _ of unpackBytes(packing, endless())) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(true);
  });

  test("any members, cut into any chunks, come back", async () => {
    const member = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 90 }),
        async (members, size) => {
          const packed = Buffer.concat(members.map((bytes) => pack(bytes)));
          expect(await unpack(packing, packed, size)).toEqual({ bytes: Buffer.concat(members), code: null });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("is told by its first bytes", () => {
    expect(packingOfHead(pack(first))).toBe(packing);
  });
});

test("a skippable frame is passed over", async () => {
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const packed = Buffer.concat([skippable, zstdCompressSync("one"), skippable, zstdCompressSync("two")]);
  expect(await unpack("zstd", packed, 5)).toEqual({ bytes: Buffer.from("onetwo"), code: null });
});

test.each([
  ["posts.ndjson.gz", "gzip"],
  ["posts.zst", "zstd"],
  ["posts.ndjson", "plain"],
])("%s is named as %s", (name, packing) => {
  expect(packingOfName(name)).toBe(packing);
});
