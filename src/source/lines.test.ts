import { PassThrough, Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { silentLog } from "../telemetry/log.ts";
import { openLineStream } from "./lines.ts";

async function readAll(stream: Readable, signal = new AbortController().signal): Promise<string[]> {
  await using lines = openLineStream(stream, "stdin", { log: silentLog });
  const found: string[] = [];
  for await (const batch of lines.read(signal)) {
    found.push(...batch.map(({ raw, number }) => `${number}:${raw}`));
  }
  return found;
}

describe("lines of a stream", () => {
  const text = "\ufeffone\r\n\ntwo";

  test.each([
    ["plain", (bytes: Buffer) => bytes],
    ["gzip", (bytes: Buffer) => gzipSync(bytes)],
    ["zstd", (bytes: Buffer) => zstdCompressSync(bytes)],
  ])("come with their numbers, cut at every byte (%s)", async (_packing, pack) => {
    const bytes = pack(Buffer.from(text));
    for (let at = 0; at <= bytes.length; at += 1) {
      const stream = Readable.from(
        [bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0),
      );
      expect(await readAll(stream)).toEqual(["1:one", "3:two"]);
    }
  });

  test("come when they are whole, however short, not when there are enough bytes", async () => {
    const stream = new PassThrough();
    await using lines = openLineStream(stream, "stdin", { log: silentLog });
    const batches = lines.read(new AbortController().signal)[Symbol.asyncIterator]();
    stream.write("1\n");
    expect((await batches.next()).value).toMatchObject([{ number: 1 }]);
    stream.end();
    expect(await batches.next()).toMatchObject({ done: true });
  });

  test("end with the signal, without what was not whole", async () => {
    const stream = new PassThrough();
    const stop = new AbortController();
    const reading = readAll(stream, stop.signal);
    stream.write("one\ntw");
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await reading).toEqual(["1:one"]);
    expect(stream.destroyed).toBe(true);
  });
});
