/**
 * Packed bytes read back: gzip (RFC 1952) and Zstandard (RFC 8878), of one member or frame or of many in a row, as
 * `cat` and recorders make them. What is cut off gives everything before the cut, and then says so.
 */
import type { Transform } from "node:stream";
import { finished } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { BirdwireError, describeCause } from "./error.ts";
import { splitZstdFrames } from "./zstd-frames.ts";

export const packings = ["plain", "gzip", "zstd"] as const;
export type Packing = (typeof packings)[number];

export type PackedBytesErrorCode =
  /** They end in the middle of a member; all that could be unpacked was given out. */
  | "packed-bytes-cut"
  /** They are not what they should be. */
  | "packed-bytes-corrupt";
export class PackedBytesError extends BirdwireError<PackedBytesErrorCode> {}

/** Bytes that tell a packing. */
export const packingMagicBytes = 4;
const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The packing that a file's name asks for. */
export function packingOfName(name: string): Packing {
  if (name.endsWith(".gz")) return "gzip";
  return name.endsWith(".zst") ? "zstd" : "plain";
}

/** The packing that bytes begin with. */
export function packingOfHead(head: Buffer): Packing {
  if (head.subarray(0, gzipMagic.length).equals(gzipMagic)) return "gzip";
  return head.subarray(0, zstdMagic.length).equals(zstdMagic) ? "zstd" : "plain";
}

const chunkBytes = 256 * 1024;

/**
 * The unpacked bytes, a few hundred KiB at a time, as fast as they are taken. Rejects with PackedBytesError once what
 * could be unpacked is given out, or with the error of `input`.
 */
export async function* unpackBytes(packing: Packing, input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  switch (packing) {
    case "plain":
      yield* input;
      return;
    case "gzip":
      yield* unpackWith(createGunzip({ chunkSize: chunkBytes }), input);
      return;
    case "zstd":
      // Node's own decompressor ends after the first frame and drops what follows it.
      for await (const frame of splitZstdFrames(input)) {
        yield* unpackWith(createZstdDecompress({ chunkSize: chunkBytes }), frame);
      }
  }
}

async function* unpackWith(unpacker: Transform, input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let inputFailure: { readonly error: unknown } | null = null;
  const over = finished(unpacker).catch(() => {});
  const feed = async () => {
    try {
      for await (const chunk of input) {
        // One after the other, and the end by itself: an error at the end would take the last chunk's bytes along.
        await Promise.race([over, new Promise((resolve) => unpacker.write(chunk, resolve))]);
        if (unpacker.destroyed || unpacker.readableEnded) return;
      }
    } catch (error) {
      inputFailure = { error };
    }
    unpacker.end();
  };
  const feeding = feed();
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) yield chunk;
    await feeding;
  } catch (cause) {
    await feeding;
    if (inputFailure === null) throw toPackedBytesError(cause);
  } finally {
    unpacker.destroy();
  }
  if (inputFailure !== null) throw (inputFailure as { readonly error: unknown }).error;
}

function toPackedBytesError(cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  if (code === "Z_BUF_ERROR") {
    return new PackedBytesError("packed-bytes-cut", "unexpected end of file", { cause });
  }
  if (/^(Z|ZSTD)_/.test(code))
    return new PackedBytesError("packed-bytes-corrupt", describeCause(cause), { cause });
  return cause;
}
