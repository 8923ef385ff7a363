import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { silentLog } from "../telemetry/log.ts";
import type { SourcedPost } from "./port.ts";
import { openReplay } from "./replay.ts";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-replay-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function save(content: string | Buffer, ending = "ndjson"): Promise<string> {
  const file = join(folder, `${++files}.${ending}`);
  await writeFile(file, content);
  return file;
}

async function readAll(file: string, maxLineBytes?: number): Promise<SourcedPost[]> {
  await using source = await openReplay({
    file,
    log: silentLog,
    ...(maxLineBytes === undefined ? {} : { maxLineBytes }),
  });
  const posts: SourcedPost[] = [];
  for await (const batch of source.read(new AbortController().signal)) posts.push(...batch);
  return posts;
}

const line = (id: number) => JSON.stringify({ data: { id: `${id}`, text: "grüße 👩‍👩‍👧" } });

describe("openReplay", () => {
  test("gives every line's payload, raw bytes, file and number, in order, and ends", async () => {
    const file = await save(`${line(1)}\n${line(2)}\r\n${line(3)}\n`);
    const posts = await readAll(file);
    expect(posts).toEqual(
      [1, 2, 3].map((n) => ({
        kind: "post",
        origin: { kind: "replay", file, line: n },
        raw: Buffer.from(line(n)),
        payload: JSON.parse(line(n)),
      })),
    );
  });

  test("counts a last line without an ending", async () => {
    expect(await readAll(await save(`${line(1)}\n${line(2)}`))).toHaveLength(2);
  });

  test("skips empty lines but counts them", async () => {
    const posts = await readAll(await save(`\n\r\n${line(1)}\n\n${line(2)}\n\n`));
    expect(posts.map(({ origin }) => origin)).toMatchObject([{ line: 3 }, { line: 5 }]);
  });

  test("hands a broken line on with its number and bytes, and the rest flows", async () => {
    const posts = await readAll(await save(`${line(1)}\n{"data": {"id\n${line(3)}\n`));
    expect(posts.map(({ kind }) => kind)).toEqual(["post", "malformed", "post"]);
    expect(posts[1]).toMatchObject({
      origin: { line: 2 },
      raw: Buffer.from('{"data": {"id'),
      message: expect.stringMatching(/not JSON/),
    });
  });

  test("calls bytes that are not UTF-8 malformed instead of replacing them, but takes a real U+FFFD", async () => {
    const bad = Buffer.concat([
      Buffer.from('{"data":{"text":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]);
    const posts = await readAll(
      await save(Buffer.concat([bad, Buffer.from('\n{"data":{"text":"\ufffd"}}\n')])),
    );
    expect(posts).toMatchObject([
      { kind: "malformed", raw: bad, message: expect.stringMatching(/UTF-8/) },
      { kind: "post", payload: { data: { text: "\ufffd" } } },
    ]);
  });

  test("takes a byte order mark at the start of the file for no part of the line", async () => {
    expect(await readAll(await save(`\ufeff${line(1)}\n`))).toMatchObject([{ kind: "post" }]);
  });

  test("calls a line over the limit malformed, keeps its head, and the rest flows", async () => {
    const posts = await readAll(await save(`${line(1)}\n"${"x".repeat(700_000)}"\n${line(3)}\n`), 1000);
    expect(posts.map(({ kind, origin }) => [kind, origin])).toMatchObject([
      ["post", { line: 1 }],
      ["malformed", { line: 2 }],
      ["post", { line: 3 }],
    ]);
    expect(posts[1]?.raw).toHaveLength(1000);
    expect(posts[1]).toMatchObject({ message: expect.stringMatching(/longer than 1000 bytes/) });
  });

  test.each([
    ["gzip", gzipSync, "gz"],
    ["gzip", gzipSync, "recording"],
    ["Zstandard", zstdCompressSync, "zst"],
    ["Zstandard", zstdCompressSync, "recording"],
  ])("reads %s, in several members, from a file ending in .%3$s", async (_what, pack, ending) => {
    const packed = Buffer.concat([pack(`${line(1)}\n${line(2)}`), pack(`\n${line(3)}\n`)]);
    expect(await readAll(await save(packed, ending))).toMatchObject(
      [1, 2, 3].map((n) => ({ payload: JSON.parse(line(n)) })),
    );
  });

  test.each([
    ["gz", gzipSync],
    ["zst", zstdCompressSync],
  ])("gives out what a cut .%s held, and warns that it is cut", async (ending, pack) => {
    // Noise, so that what was cut away is more than the end of one block.
    const lines = Array.from({ length: 5000 }, (_, n) =>
      JSON.stringify({ data: { id: `${n}`, text: `${Math.sin(n)}` } }),
    );
    const [whole, cut] = [lines.slice(0, 2500), lines.slice(2500)].map((part) =>
      pack(`${part.join("\n")}\n`),
    );
    const file = await save(Buffer.concat([whole ?? "", cut?.subarray(0, 30) ?? ""] as Buffer[]), ending);
    const warnings: string[] = [];
    await using source = await openReplay({ file, log: { warn: (text) => warnings.push(text) } });
    const posts: SourcedPost[] = [];
    for await (const batch of source.read(new AbortController().signal)) posts.push(...batch);
    expect(posts.slice(0, 2500).map(({ kind }) => kind)).toEqual(Array(2500).fill("post"));
    expect(warnings).toEqual([expect.stringMatching(/ends in the middle/)]);
    expect(warnings[0]).toContain(file);
    expect(source.readBytes).toBe(source.totalBytes);
  });

  test("says that what is not packed as its name says cannot be read, and names it", async () => {
    const file = await save(`${line(1)}\n`, "gz");
    await expect(readAll(file)).rejects.toMatchObject({
      code: "unreadable-replay",
      message: expect.stringContaining(file),
    });
  });

  test.each(["gz", "zst", "ndjson"])("gives nothing for an empty file ending in .%s", async (ending) => {
    expect(await readAll(await save("", ending))).toEqual([]);
  });

  test("passes over the lines up to the one that is named, and numbers the rest as they stand", async () => {
    const file = await save(`${line(1)}\n\n${line(3)}\n${line(4)}\n`);
    await using source = await openReplay({ file, log: silentLog, afterLine: 3 });
    const posts: SourcedPost[] = [];
    for await (const batch of source.read(new AbortController().signal)) posts.push(...batch);
    expect(posts).toMatchObject([{ origin: { line: 4 }, payload: { data: { id: "4" } } }]);
    expect(source.skippedBytes).toBe(0);
  });

  test("tells how many bytes it has passed over", async () => {
    const file = await save(`${line(1)}\n`.repeat(20_000));
    await using source = await openReplay({ file, log: silentLog, afterLine: 15_000 });
    for await (const _ of source.read(new AbortController().signal)) break;
    expect(source.skippedBytes).toBeGreaterThan((source.totalBytes ?? 0) / 2);
    expect(source.skippedBytes).toBeLessThan((source.totalBytes ?? 0) * 0.8);
  });

  test("names a file that is not there", async () => {
    const file = join(folder, "nowhere.ndjson");
    await expect(openReplay({ file, log: silentLog })).rejects.toMatchObject({
      code: "replay-not-found",
      message: expect.stringContaining(file),
      details: { file },
    });
  });

  test("names a folder as unreadable", async () => {
    await expect(openReplay({ file: folder, log: silentLog })).rejects.toMatchObject({
      code: "unreadable-replay",
      message: expect.stringContaining(folder),
    });
  });

  test("ends soon after the signal, without reading the rest", async () => {
    const file = await save(`${line(1)}\n`.repeat(40_000));
    await using source = await openReplay({ file, log: silentLog });
    const stop = new AbortController();
    let seen = 0;
    for await (const batch of source.read(stop.signal)) {
      seen += batch.length;
      stop.abort();
    }
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(40_000);
  });

  test("ends at once when the signal was aborted before", async () => {
    await using source = await openReplay({ file: await save(`${line(1)}\n`), log: silentLog });
    for await (const _ of source.read(AbortSignal.abort())) throw new Error("nothing was asked for");
  });

  test("gives batches of at most 500 lines", async () => {
    await using source = await openReplay({ file: await save(`${line(1)}\n`.repeat(4000)), log: silentLog });
    let seen = 0;
    for await (const batch of source.read(new AbortController().signal)) {
      expect(batch.length).toBeLessThanOrEqual(500);
      seen += batch.length;
    }
    expect(seen).toBe(4000);
  });

  test("gives back any JSON lines, plain or packed, in the order they were written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 20 }), fc.boolean(), async (values, packed) => {
        const content = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
        const posts = await readAll(await save(packed ? gzipSync(content) : content));
        expect(
          posts.map((post) => (post.kind === "post" ? JSON.stringify(post.payload) : post.message)),
        ).toEqual(values.map((value) => JSON.stringify(value)));
      }),
      { numRuns: 40 },
    );
  });
});
