import { describe, expect, test } from "@jest/globals";
import type { DeadLetterInput } from "../generated/dead-letter.ts";
import type { TweetInput } from "../generated/tweet.ts";
import { createManualClock } from "../kernel/clock.ts";
import type { PostSource, SourcedPost } from "../source/port.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { createProduceTally } from "../telemetry/tally.ts";
import { createDeadLetterWriter } from "./dead-letter.ts";
import { createDedupeWindow } from "./dedupe-window.ts";
import { type ProduceOptions, produce } from "./produce.ts";
import {
  createFakeEncoder,
  createFakeProducer,
  createFakeSource,
  createPost,
  deadLetterTopic,
  topic,
} from "./testing/fakes.ts";

function setUp(source: PostSource, maxBytes?: number, maxLetterBytes?: number, log: Log = silentLog) {
  const clock = createManualClock(1_700_000_000_000);
  const producer = createFakeProducer(maxBytes, maxLetterBytes);
  const tally = createProduceTally();
  const stop = new AbortController();
  const ports = {
    source,
    producer,
    encoder: createFakeEncoder<TweetInput>(),
    deadLetters: createDeadLetterWriter({ encoder: createFakeEncoder<DeadLetterInput>(2), clock }),
    window: createDedupeWindow(100),
    clock,
    log,
    tally,
  };
  const start = (options: Partial<ProduceOptions> = {}) =>
    produce(ports, { topic, deadLetterTopic, signal: stop.signal, ...options });
  const keys = () => (producer.sent.get(topic) ?? []).map((record) => record.key?.toString());
  const letters = () =>
    (producer.sent.get(deadLetterTopic) ?? []).map(
      (record) => JSON.parse(record.value?.toString() ?? "") as Record<string, unknown>,
    );
  const tweets = () =>
    (producer.sent.get(topic) ?? []).map(
      (record) => JSON.parse(record.value?.toString() ?? "") as Record<string, unknown>,
    );
  return { clock, tally, stop, start, keys, tweets, letters };
}

describe("the produce loop", () => {
  test("sends each post once, keyed by its id, in order", async () => {
    const { start, keys, tally } = setUp(
      createFakeSource([
        [createPost("1", "a"), createPost("2", "b")],
        [createPost("1", "a"), createPost("3", "c")],
      ]),
    );
    expect(await start()).toBe("source-ended");
    expect(keys()).toEqual(["1", "2", "3"]);
    expect(tally).toMatchObject({ received: 4, matched: 4, produced: 3, duplicates: 1, deadLettered: 0 });
  });

  test("keeps what cannot be parsed, mapped or encoded as dead letters, and lets the rest flow", async () => {
    const malformed: SourcedPost = {
      kind: "malformed",
      origin: { kind: "x", connection: 3, receivedAtMs: 5 },
      raw: Buffer.from('{"data":'),
      message: "Unexpected end of JSON input",
    };
    const { start, keys, letters, tally } = setUp(
      createFakeSource([
        [
          malformed,
          createPost("1", "half \ud83d", {}, 2),
          createPost("2", "no time", { created_at: undefined }, 3),
          createPost("4", "ok"),
        ],
      ]),
    );
    await start();
    expect(keys()).toEqual(["4"]);
    expect(letters()).toMatchObject([
      {
        stage: "parse",
        reason: "invalid-json",
        source: { "birdwire.XSource": { connection: 3, received_at: 5 } },
      },
      { stage: "map", reason: "unpaired-surrogate", source: { "birdwire.ReplaySource": { line: 2 } } },
      { stage: "map", reason: "missing-field" },
    ]);
    expect(tally).toMatchObject({ received: 4, produced: 1, deadLettered: 3 });
  });

  test("writes the version that it was told, with the time at which the source had the post", async () => {
    const fromX: SourcedPost = {
      ...createPost("2", "b", { lang: "de" }),
      origin: { kind: "x", connection: 1, receivedAtMs: 1_690_000_000_000 },
    };
    const write = async (options: Partial<ProduceOptions>) => {
      const { start, tweets } = setUp(createFakeSource([[createPost("1", "a", { lang: "en" }), fromX]]));
      await start(options);
      return tweets();
    };
    expect((await write({ schemaVersion: 1 })).map((tweet) => Object.keys(tweet))).toEqual([
      ["created_at", "id", "text"],
      ["created_at", "id", "text"],
    ]);
    const second = await write({ schemaVersion: 2 });
    expect(second).toMatchObject([
      { lang: "en", ingested_at: 1_700_000_000_000, matching_rules: [{ id: "1", tag: "t" }] },
      { lang: "de", ingested_at: 1_690_000_000_000 },
    ]);
    expect(second[0]).not.toHaveProperty("author");
    expect((await write({}))[0]).toHaveProperty("author");
  });

  test("says once for each place that a part of a post is left out, and produces the post", async () => {
    const warnings: unknown[] = [];
    const log = {
      ...silentLog,
      warn: (message: string, fields?: object) => warnings.push([message, fields]),
    };
    const { start, keys } = setUp(
      createFakeSource([
        [createPost("1", "a", { lang: 5 }), createPost("2", "b", { lang: 5, entities: { urls: [1, 2] } })],
      ]),
      undefined,
      undefined,
      log,
    );
    await start();
    expect(keys()).toEqual(["1", "2"]);
    expect(warnings).toEqual([
      [expect.stringContaining(" /data/lang;"), { post: "1" }],
      [expect.stringContaining(" /data/entities/urls/*;"), { post: "2" }],
    ]);
  });

  test("finds the one record a broker refuses as too large, and sends the others", async () => {
    const posts = ["1", "2", "3", "4", "5"].map((id) =>
      createPost(id, id === "4" ? "x".repeat(2000) : "short"),
    );
    const { start, keys, letters, tally } = setUp(createFakeSource([posts]), 2000);
    await start();
    expect(keys()).toEqual(["1", "2", "3", "5"]);
    expect(letters()).toMatchObject([{ stage: "produce", reason: "record-too-large" }]);
    expect(tally).toMatchObject({ produced: 4, deadLettered: 1 });
  });

  test("cuts a dead letter that its topic does not take whole, and says so", async () => {
    const malformed: SourcedPost = {
      kind: "malformed",
      origin: { kind: "replay", file: "posts.ndjson", line: 1 },
      raw: Buffer.alloc(1_000_000, "x"),
      message: "Unexpected token x",
    };
    const { start, keys, letters, tally } = setUp(
      createFakeSource([[malformed, createPost("2", "ok")]]),
      undefined,
      500_000,
    );
    await start();
    expect(keys()).toEqual(["2"]);
    expect(letters()).toMatchObject([
      {
        reason: "invalid-json",
        message: expect.stringMatching(/cut from 1000000 to 65536; SHA-256 [0-9a-f]{64}/),
      },
    ]);
    expect(tally).toMatchObject({ produced: 1, deadLettered: 1 });
  });

  test("ends within ten seconds of a signal when the brokers are away, and counts what they did not take", async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const running = produce(
      {
        source: createFakeSource([[createPost("1", "x"), createPost("2", "y")]], true),
        producer: { send: () => new Promise(() => {}), async [Symbol.asyncDispose]() {} },
        encoder: createFakeEncoder<TweetInput>(),
        deadLetters: createDeadLetterWriter({ encoder: createFakeEncoder<DeadLetterInput>(), clock }),
        window: createDedupeWindow(10),
        clock,
        log: silentLog,
        tally: createProduceTally(),
      },
      { topic, deadLetterTopic, signal: stop.signal },
    );
    const outcome = running.catch((error: unknown) => error);
    await clock.advance(60_000);
    stop.abort();
    await clock.advance(10_000);
    expect(await outcome).toMatchObject({ code: "not-drained", details: { posts: 2 } });
  });

  test("stops at the limit and counts what it had received beyond it", async () => {
    const posts = ["1", "2", "3", "4", "5"].map((id) => createPost(id, "x"));
    const { start, keys, tally } = setUp(createFakeSource([posts], true));
    expect(await start({ maxTweets: 3 })).toBe("limit");
    expect(keys()).toEqual(["1", "2", "3"]);
    expect(tally).toMatchObject({ received: 5, produced: 3, beyondLimit: 2 });
  });

  test("ends when idle: ten seconds before the first post, the given time after the last", async () => {
    const silent = setUp(createFakeSource([], true));
    let ended: string | undefined;
    const running = silent.start({ untilIdleMs: 3000 }).then((end) => {
      ended = end;
    });
    await silent.clock.advance(9999);
    expect(ended).toBeUndefined();
    await silent.clock.advance(1);
    await running;
    expect(ended).toBe("idle");

    const one = setUp(createFakeSource([[createPost("1", "x")]], true));
    let endedAfterOne: string | undefined;
    const runningOne = one.start({ untilIdleMs: 3000 }).then((end) => {
      endedAfterOne = end;
    });
    await one.clock.advance(2999);
    expect(endedAfterOne).toBeUndefined();
    await one.clock.advance(1);
    await runningOne;
    expect(endedAfterOne).toBe("idle");
  });

  test("does not take its own waiting for the brokers for silence of the source", async () => {
    const clock = createManualClock();
    const unacknowledged: (() => void)[] = [];
    const slow = {
      send: () => new Promise<void>((resolve) => void unacknowledged.push(resolve)),
      async [Symbol.asyncDispose]() {},
    };
    const batches = ["1", "2", "3", "4", "5", "6"].map((id) => [createPost(id, "x")]);
    const tally = createProduceTally();
    let end: string | undefined;
    const running = produce(
      {
        source: createFakeSource(batches, true),
        producer: slow,
        encoder: createFakeEncoder<TweetInput>(),
        deadLetters: createDeadLetterWriter({ encoder: createFakeEncoder<DeadLetterInput>(), clock }),
        window: createDedupeWindow(10),
        clock,
        log: silentLog,
        tally,
      },
      { topic, deadLetterTopic, untilIdleMs: 1000, signal: new AbortController().signal },
    ).then((reason) => {
      end = reason;
    });
    await clock.advance(60_000);
    expect(end).toBeUndefined();
    while (tally.produced < 6) {
      unacknowledged.shift()?.();
      await clock.advance(10);
    }
    await clock.advance(1000);
    await running;
    expect(end).toBe("idle");
  });

  test("on a signal it produces what it has and ends", async () => {
    const { start, keys, stop } = setUp(createFakeSource([[createPost("1", "x")]], true));
    const running = start();
    stop.abort();
    expect(await running).toBe("signal");
    expect(keys().length).toBeLessThanOrEqual(1);
  });

  test("rejects with the brokers' error when a send fails for good", async () => {
    const { start } = setUp(createFakeSource([[createPost("1", "x")]]));
    const failing = setUp(createFakeSource([[createPost("1", "x")]]));
    await start();
    const error = new Error("no broker");
    const clock = createManualClock();
    await expect(
      produce(
        {
          source: createFakeSource([[createPost("1", "x")]]),
          producer: {
            send: () => Promise.reject(error),
            async [Symbol.asyncDispose]() {},
          },
          encoder: createFakeEncoder<TweetInput>(),
          deadLetters: createDeadLetterWriter({ encoder: createFakeEncoder<DeadLetterInput>(), clock }),
          window: createDedupeWindow(1),
          clock,
          log: silentLog,
          tally: failing.tally,
        },
        { topic, deadLetterTopic, signal: new AbortController().signal },
      ),
    ).rejects.toBe(error);
    expect(failing.tally.produced).toBe(0);
  });
});
