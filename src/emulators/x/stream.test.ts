import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { type CutMode, cutModes } from "./cut.ts";
import { addRules, ask, openStream } from "./testing/client.ts";
import { anyPost, largePosts, ledgerOf, rulesPath, start, untilStill } from "./testing/setup.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-x-stream-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the stream", () => {
  test("sends posts in CRLF frames with the rules that matched, by id and tag", async () => {
    await using x = await start({ count: 300 });
    const added = await ask(x.url + rulesPath, {
      method: "POST",
      body: { add: [{ value: "python", tag: "snake" }, { value: anyPost }] },
    });
    const ids = (added.body as { data: { id: string }[] }).data.map(({ id }) => id);
    await using stream = await openStream(x.url);
    expect(stream.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "transfer-encoding": "chunked",
      "x-rate-limit-limit": "50",
    });
    const messages = (await stream.until(300)).map((line) => JSON.parse(line));
    for (const message of messages) {
      expect(Object.keys(message)).toEqual(["data", "matching_rules"]);
      expect(Object.keys(message.data).sort()).toEqual(["edit_history_tweet_ids", "id", "text"]);
      const all = { id: ids[1], tag: "" };
      const snake = { id: ids[0], tag: "snake" };
      expect([[all], [snake, all]]).toContainEqual(message.matching_rules);
    }
    expect(new Set(messages.map(({ data }) => data.id)).size).toBe(300);
  });

  test("sends no post that matches no rule", async () => {
    await using x = await start({
      source: { kind: "generated", count: 2000, ratePerSecond: "max" },
    });
    await addRules(x.url, "BTS -kafka");
    await using stream = await openStream(x.url);
    await x.finished;
    await x.ledger.quiet();
    const { posts, ledger } = x.counters();
    expect(posts).toMatchObject({ played: 2000, finished: true });
    expect(posts.matched).toBeLessThan(1200);
    expect(ledger.settled).toBe(posts.matched);
    await stream.until(posts.matched);
    expect(stream.lines.every((line) => /bts/i.test(line))).toBe(true);
  });

  test("follows the rules while it is open: a new one counts at once, a deleted one no more", async () => {
    const clock = createManualClock(0);
    await using x = await start({ clock, source: { kind: "generated", ratePerSecond: 100 } });
    await addRules(x.url, "python");
    await using stream = await openStream(x.url);
    const passSecond = async () => {
      for (let tick = 0; tick < 100; tick++) await clock.advance(10);
      return x.counters().ledger.matched;
    };
    const before = await passSecond();
    await ask(x.url + rulesPath, { method: "POST", body: { delete: { values: ["python"] } } });
    const without = await passSecond();
    await addRules(x.url, "BTS");
    const after = await passSecond();
    expect(before).toBeGreaterThan(10);
    expect(without).toBe(before);
    expect(after).toBeGreaterThan(before + 10);
    const lines = await stream.until(after);
    expect(lines.slice(0, before).every((line) => /python/i.test(line))).toBe(true);
    expect(lines.slice(before).every((line) => /bts/i.test(line))).toBe(true);
  });

  test.each([
    ["gzip", "gzip"],
    ["br;q=1.0, gzip;q=0.8, deflate;q=0.5", "gzip"],
    ["gzip;q=0, br", "br"],
    ["deflate", "deflate"],
    ["identity", undefined],
  ])("is compressed as %s allows, and nothing waits in the compressor", async (accept, coding) => {
    await using x = await start({ count: 100 });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url, "", { headers: { "accept-encoding": accept } });
    expect(stream.headers["content-encoding"]).toBe(coding);
    const lines = await stream.until(100);
    expect(new Set(lines.map((line) => JSON.parse(line).data.id)).size).toBe(100);
  });

  test("sends a heartbeat after each 20 s without a post", async () => {
    const clock = createManualClock(1_000_000);
    await using x = await start({ clock });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url);
    await clock.advance(19_999);
    expect(stream.lines).toEqual([]);
    await clock.advance(1);
    await stream.until(1);
    await clock.advance(40_000);
    expect(await stream.until(3)).toEqual(["", "", ""]);
  });

  test.each<CutMode>([...cutModes])(
    "cut by %s brings each post whole, and pieces as small as told",
    async (cut) => {
      await using x = await start({ count: 60, cut });
      await addRules(x.url, anyPost);
      await using stream = await openStream(x.url, "", { headers: { "accept-encoding": "gzip" } });
      expect(stream.headers["content-encoding"]).toBeUndefined();
      const lines = await stream.until(cut === "heartbeats" ? 120 : 60);
      await using plain = await start({ count: 60 });
      await addRules(plain.url, anyPost);
      await using whole = await openStream(plain.url);
      const posts = (all: readonly string[]) =>
        all.filter((line) => line !== "").map((line) => JSON.parse(line).data);
      expect(posts(lines)).toEqual(posts(await whole.until(60)));
      const pieces = stream.chunks.map((chunk) => chunk.toString("latin1"));
      if (cut === "bytes") expect(pieces.every((piece) => piece.length === 1)).toBe(true);
      if (cut === "utf8") {
        expect(pieces.every((piece) => !/[\x80-\xff][\x80-\xbf]/.test(piece))).toBe(true);
        expect(pieces.length).toBeGreaterThan(100);
      }
      if (cut === "heartbeats") {
        expect(pieces.filter((piece) => /^\{.*\}\r\n\r\n$/.test(piece))).toHaveLength(30);
        expect(pieces.filter((piece) => /^\r\n\{.*\}\r\n$/.test(piece))).toHaveLength(30);
      }
      if (cut === "crlf") {
        expect(pieces.filter((piece) => piece === "\r\n").length).toBe(30);
        expect(pieces.filter((piece) => piece === "\n").length).toBe(30);
      }
    },
  );

  test("at max rate waits for a reader that does not read, and loses nothing", async () => {
    await using x = await start({ source: await largePosts(folder, 1000) });
    await addRules(x.url, "word");
    await using stream = await openStream(x.url);
    stream.pause();
    const played = await untilStill(x);
    expect(played).toBeGreaterThan(0);
    expect(played).toBeLessThan(1000);
    stream.resume();
    const lines = await stream.until(1000);
    expect(new Set(lines.map((line) => JSON.parse(line).data.id)).size).toBe(1000);
    await x.ledger.quiet();
    expect(x.counters().ledger).toMatchObject({ matched: 1000, settled: 1000 });
  });

  test("at a numeric rate keeps to it, and the delivery cap drops what is over it and records it", async () => {
    const clock = createManualClock(0);
    await using x = await start({
      clock,
      source: { kind: "generated", ratePerSecond: 400 },
      limits: { deliveriesPerSecond: 250 },
    });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url);
    for (let second = 0; second < 2; second++) {
      for (let tick = 0; tick < 100; tick++) await clock.advance(10);
    }
    const { posts, ledger } = x.counters();
    expect(posts.played).toBeGreaterThan(780);
    expect(posts.played).toBeLessThan(805);
    expect(ledger.matched).toBe(posts.played);
    expect(ledger.dropped).toBeGreaterThanOrEqual(posts.played - 502);
    expect(ledger.dropped).toBeLessThanOrEqual(posts.played - 498);
    await stream.until(ledger.matched - ledger.dropped);
    const dropped = (await ledgerOf(x.controlUrl, "?state=matched")).filter(
      (row) => row.dropped === "delivery-cap",
    );
    expect(dropped).toHaveLength(ledger.dropped);
  });
});

describe("a reader that falls too far behind at a numeric rate", () => {
  async function fallBehind(slowReaderNotice: boolean) {
    const clock = createManualClock(0);
    const source = { ...(await largePosts(folder, 1000)), ratePerSecond: 200 };
    const x = await start({ clock, source, slowReaderNotice, limits: { maxQueuedBytes: 100_000 } });
    await addRules(x.url, "word");
    const stream = await openStream(x.url);
    stream.pause();
    while (x.counters().connections.open === 1) await clock.advance(5);
    stream.resume();
    return { x, stream };
  }

  test("is cut off, and what it lost is not delivered", async () => {
    const { x, stream } = await fallBehind(false);
    await using _ = x;
    expect(await stream.ended).toBe(false);
    await x.ledger.quiet();
    const { ledger } = x.counters();
    expect(ledger.pending).toBe(0);
    expect(ledger.written).toBeLessThan(ledger.matched);
    expect(ledger.settled).toBeLessThan(ledger.written);
  });

  test("is told so if it reads again in time, and what waited for it is lost at X", async () => {
    const { x, stream } = await fallBehind(true);
    await using _ = x;
    expect(await stream.ended).toBe(true);
    expect(JSON.parse(stream.lines.at(-1) ?? "")).toMatchObject({
      errors: [{ title: "operational-disconnect", disconnect_type: "SlowReader" }],
    });
    await x.ledger.quiet();
    const { ledger } = x.counters();
    expect(stream.lines.length).toBe(ledger.written + 1);
    expect(ledger.dropped).toBe(ledger.matched - ledger.written);
    expect(ledger.dropped).toBeGreaterThan(0);
    const lost = (await ledgerOf(x.controlUrl)).filter(({ dropped }) => dropped === "slow-reader");
    expect(lost).toHaveLength(ledger.dropped);
    const { body } = await ask(`${x.url}/2/connections?status=inactive`);
    expect(body).toMatchObject({ data: [{ disconnect_reason: "SlowReader" }] });
  });
});

describe("a replay", () => {
  test("begins with the first stream and rule, plays each post once over all streams, then only heartbeats", async () => {
    const file = join(folder, "replay.ndjson");
    const posts = Array.from({ length: 500 }, (_, i) => ({
      data: { id: `${1000 + i}`, text: `word ${i} é👩‍💻` },
    }));
    await writeFile(file, `${posts.map((post) => JSON.stringify(post)).join("\n")}\n{broken\n`);
    await using x = await start({
      source: { kind: "replay", file, ratePerSecond: "max" },
      keepAliveMs: 30,
      settleMs: 20,
    });
    expect(x.counters().posts.played).toBe(0);
    await addRules(x.url, "word");
    expect(x.counters().posts.played).toBe(0);
    const seen: string[] = [];
    {
      await using stream = await openStream(x.url);
      await x.finished;
      await x.ledger.quiet();
      const lines = await stream.until(502);
      seen.push(...lines);
    }
    await using again = await openStream(x.url);
    seen.push(...(await again.until(2)));
    const ids = seen.filter((line) => line !== "").map((line) => JSON.parse(line).data);
    expect(ids.map(({ id, text }) => ({ data: { id, text } }))).toEqual(posts);
    expect(x.counters().posts).toEqual({ played: 500, matched: 500, brokenLines: 1, finished: true });
    const rows = await ledgerOf(x.controlUrl, "?state=settled");
    expect(rows.map(({ id }) => id)).toEqual(posts.map(({ data }) => data.id));
    expect(rows[0]).toMatchObject({ connection: 1, tags: [""], state: "settled" });
  });

  test("sends a text with the very characters of its JSON, a lone surrogate and needless escapes too", async () => {
    const texts = [
      String.raw`"word \ud800 \ud83d\ude00 caf\u00e9 \/ \"q\" \\"`,
      `"word 👩‍👩‍👧‍👦 é e\u0301 \\u0000 ﷽"`,
      `"word ${"漢字🇯🇵".repeat(2000)}"`,
    ];
    const file = join(folder, "exact.ndjson");
    await writeFile(
      file,
      texts.map((text, i) => `{ "data" : {"text": ${text} ,"id":"${i + 1}"} }\r\n`).join(""),
    );
    await using x = await start({ source: { kind: "replay", file, ratePerSecond: "max" } });
    await addRules(x.url, "word");
    await using stream = await openStream(x.url);
    const lines = await stream.until(3);
    expect(lines.map((line) => line.slice(0, line.indexOf(',"matching_rules"')))).toEqual(
      texts.map((text, i) => `{"data":{"text":${text},"id":"${i + 1}"}`),
    );
  });

  test("what a client had read when it hung up is delivered", async () => {
    const source = { kind: "generated", count: 50, ratePerSecond: "max" } as const;
    await using x = await start({ source, settleMs: 3_600_000 });
    await addRules(x.url, "python OR BTS OR typescript OR kafka");
    {
      await using stream = await openStream(x.url);
      await stream.until(50);
    }
    await x.ledger.quiet();
    expect(x.counters().ledger).toMatchObject({ matched: 50, settled: 50 });
  });

  test("waits for the next stream when the first one goes, and what that one did not get is not delivered", async () => {
    await using x = await start({ source: await largePosts(folder, 1000), settleMs: 3_600_000 });
    await addRules(x.url, "word");
    const first = await openStream(x.url);
    first.pause();
    // The emulator is stuck: bytes lie unread, so that hanging up is a reset.
    await untilStill(x);
    await first[Symbol.asyncDispose]();
    expect(x.counters().posts.finished).toBe(false);
    await using second = await openStream(x.url);
    await x.finished;
    const rows = await ledgerOf(x.controlUrl);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1000);
    const [ofFirst, ofSecond] = [1, 2].map((number) =>
      rows.filter(({ connection }) => connection === number),
    );
    expect(ofFirst?.every(({ state }) => state !== "settled")).toBe(true);
    await second.until(ofSecond?.length ?? 0);
  });
});
