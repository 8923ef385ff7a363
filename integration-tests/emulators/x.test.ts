// What the X client and the X emulator hold each other to: rules, the stream under every cut, refusals.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type CutMode, cutModes } from "../../src/emulators/x/cut.ts";
import { startXEmulator, type XEmulatorOptions } from "../../src/emulators/x/start.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import type { SourcedPost } from "../../src/source/port.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { mapPost } from "../../src/tweets/map-post.ts";
import { openXStream, type XStreamOptions } from "../../src/x/x-stream.ts";

const scripts = [
  "love é",
  "love 👩‍👩‍👧‍👦",
  "こんにちは love 世界",
  "שלום love",
  "love \u{1f1e9}\u{1f1ea}",
  'love \\ " \u0001',
];
const posts = Array.from({ length: 400 }, (_, n) => ({
  id: `${1_536_770_448_950_245_000n + BigInt(n)}`,
  text: `${scripts[n % scripts.length]} ${n}`,
  created_at: "2022-06-14T18:00:01.000Z",
}));

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-x-contract-"));
  file = join(folder, "posts.ndjson");
  const line = (post: (typeof posts)[number]) =>
    `${JSON.stringify({ data: { ...post, edit_history_tweet_ids: [post.id], lang: "en" } })}\n`;
  await writeFile(file, posts.map(line).join(""));
});
afterAll(() => rm(folder, { recursive: true }));

const start = (options: Partial<XEmulatorOptions> = {}) =>
  startXEmulator({ source: { kind: "replay", file, ratePerSecond: "max" }, ...options });

const open = (url: string, options: Partial<XStreamOptions> = {}) =>
  openXStream({
    url,
    token: "any",
    clock: createSystemClock(),
    log: silentLog,
    rules: [{ tag: "love", value: "love" }],
    ...options,
  });

async function read(
  url: string,
  count: number,
  options: Partial<XStreamOptions> = {},
): Promise<SourcedPost[]> {
  await using stream = await open(url, options);
  const stop = new AbortController();
  const lines: SourcedPost[] = [];
  for await (const batch of stream.read(stop.signal)) {
    lines.push(...batch);
    if (lines.length >= count) stop.abort();
  }
  return lines;
}

const mapped = (lines: readonly SourcedPost[]) =>
  lines.map((line) => (line.kind === "post" ? mapPost(line.payload, { version: 1, ingestedAtMs: 0 }) : line));
const wanted = posts.map((tweet) => ({ kind: "tweet", tweet, id: tweet.id, tags: ["love"], leftOut: [] }));

describe("the filtered stream of the emulator, read by the client", () => {
  test.each([["as it comes", {}], ...cutModes.map((cut) => [`cut by ${cut}`, { cut }] as const)] as const)(
    "%s gives every post, its text byte for byte and its rule's tag",
    async (_, options) => {
      await using x = await start(options);
      expect(mapped(await read(x.url, posts.length))).toEqual(wanted);
    },
  );

  test("compressed gives every post too", async () => {
    await using x = await start();
    expect(mapped(await read(x.url, posts.length, { compression: true }))).toEqual(wanted);
  });

  test("gives only what the rules match, and keeps heartbeats for itself", async () => {
    await using x = await start({ keepAliveMs: 10 });
    await using stream = await open(x.url, { rules: [{ tag: "de", value: "love 🇩🇪" }] });
    const stop = new AbortController();
    const seen: SourcedPost[] = [];
    for await (const batch of stream.read(stop.signal)) {
      seen.push(...batch);
      while (seen.length >= 66 && stream.counters.heartbeats === 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (seen.length >= 66) stop.abort();
    }
    expect(mapped(seen)).toMatchObject(
      posts.filter((_, n) => n % scripts.length === 4).map(({ id }) => ({ id, tags: ["de"] })),
    );
  });

  test("holds a server at full speed back when the reader is slow, and gives every post", async () => {
    await using x = await start();
    const lines = await read(x.url, posts.length, { queue: { maxItems: 5, maxBytes: 1000 } });
    expect(mapped(lines)).toEqual(wanted);
  });
});

describe("a stop at full speed", () => {
  test.each([
    ["as it comes", {}],
    ["compressed", { compression: true }],
    ...cutModes.map((cut) => [`cut by ${cut}`, { cut }] as const),
  ] as const)("gives out every post that counts as delivered (%s)", async (_, how) => {
    const { compression = false, ...options } = how as { compression?: boolean; cut?: CutMode };
    await using x = await startXEmulator({
      source: { kind: "generated", ratePerSecond: "max" },
      settleMs: 20,
      ...options,
    });
    await using stream = await open(x.url, {
      compression,
      rules: [{ tag: "any", value: "python OR BTS OR typescript OR kafka" }],
      queue: { maxItems: 1_000, maxBytes: 1 << 20 },
    });
    const stop = new AbortController();
    const given = new Set<string>();
    const stopAfter = 1_000 + Math.floor(Math.random() * 3_000);
    for await (const batch of stream.read(stop.signal)) {
      for (const line of mapped(batch)) if (line.kind === "tweet") given.add(line.id);
      // The server fills the sockets meanwhile, and its posts there settle.
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (given.size >= stopAfter) stop.abort();
    }
    await x.ledger.quiet();
    const settled: string[] = [];
    for await (const { id } of x.ledger.rows({ state: "settled" })) settled.push(id);
    expect(settled.length).toBeGreaterThan(stopAfter);
    expect(settled.filter((id) => !given.has(id))).toEqual([]);
  });
});

describe("rules on the emulator, kept by the client", () => {
  test("are changed to what is wanted, and a second time not at all", async () => {
    await using x = await start();
    await using first = await open(x.url, {
      rules: [
        { tag: "a", value: "cats" },
        { tag: "b", value: "dogs" },
      ],
    });
    await using second = await open(x.url, {
      rules: [
        { tag: "b2", value: "dogs" },
        { tag: "c", value: "#love" },
      ],
    });
    await using third = await open(x.url, {
      rules: [
        { tag: "b2", value: "dogs" },
        { tag: "c", value: "#love" },
      ],
    });
    for (const stream of [first, second, third]) expect(stream.state.kind).toBe("waiting");
    expect(x.counters().rules).toBe(2);
  });

  test("that X cannot read are named with the position, and nothing is changed", async () => {
    await using x = await start();
    await expect(
      open(x.url, {
        rules: [
          { tag: "good", value: "love" },
          { tag: "bad", value: "love or hate" },
        ],
      }),
    ).rejects.toMatchObject({
      code: "x-invalid-rule",
      details: { tag: "bad", value: "love or hate", problems: [{ position: expect.any(Number) }] },
    });
    expect(x.counters().rules).toBe(0);
  });

  test("are needed: without any nothing is connected", async () => {
    await using x = await start();
    await expect(open(x.url, { rules: [] })).rejects.toMatchObject({ code: "x-no-rules" });
    expect(x.counters().connections.opened).toBe(0);
  });
});

describe("refusals of the emulator, taken by the client", () => {
  test("a wrong token is x-unauthorized", async () => {
    await using x = await start({ token: "right" });
    await expect(open(x.url, { token: "wrong" })).rejects.toMatchObject({ code: "x-unauthorized" });
  });

  test("a field that X does not have ends the source as x-invalid-request that names it", async () => {
    await using x = await start();
    await expect(read(x.url, 1, { fields: { tweet: ["bogus"] } })).rejects.toMatchObject({
      code: "x-invalid-request",
      message: expect.stringContaining("tweet.fields"),
    });
  });

  test("a second connection waits until the first one is gone", async () => {
    await using x = await start();
    const first = await open(x.url);
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of first.read(stop.signal));
    })();
    while (first.state.kind !== "streaming") await new Promise((resolve) => setImmediate(resolve));

    // A second of this clock is a millisecond.
    const clock = createSystemClock(1000);
    await using second = await open(x.url, { clock, idleMs: 1e9, headerDeadlineMs: 1e9, callTimeoutMs: 1e9 });
    const end = new AbortController();
    const waiting = (async () => {
      for await (const _ of second.read(end.signal));
    })();
    while (second.counters.refusals["too-many-connections"] === 0)
      await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await reading;
    while (second.state.kind !== "streaming") await new Promise((resolve) => setImmediate(resolve));
    end.abort();
    await waiting;
    expect(second.counters.connects).toBe(1);
  });
});
