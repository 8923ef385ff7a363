/**
 * The codec kafkajs lacks and Node has: zstd. Snappy and LZ4 would need packages of their own; a batch in one of
 * them ends a consumer with `unsupported`.
 */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";

const compress = promisify<Buffer, Buffer>(zstdCompress);
const decompress = promisify<Buffer, Buffer>(zstdDecompress);
const zstdNumber = 4;

/** Registers zstd in kafkajs's table of codecs, for the whole process. */
export function addZstd(codecs: Record<number, () => unknown>): void {
  codecs[zstdNumber] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => compress(buffer),
    decompress,
  });
}
