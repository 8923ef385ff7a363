import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { constants, createGzip } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createManualClock, createSystemClock } from "../kernel/clock.ts";
import { openTestStream, payloadsOf, type TestStream } from "./testing/read-stream.ts";
import {
  beginStream,
  refuse,
  type ScriptedServer,
  type StreamScript,
  startScriptedServer,
  write,
} from "./testing/scripted-server.ts";

const texts = ["plain", "grüße", "👩‍👩‍👧 こんにちは", "שלום", "\ufffd", "a\r\nb"];
const post = (id: number) => ({
  data: { id: `${id}`, text: texts[id % texts.length], created_at: "2022-06-14T18:00:03.000Z" },
  matching_rules: [{ id: "1", tag: "birdwire:x" }],
});
const posts = (count: number, from = 1) => Array.from({ length: count }, (_, n) => post(from + n));
const lineOf = (payload: unknown) => `${JSON.stringify(payload)}\r\n`;
const bytesOf = (payloads: readonly unknown[]) => Buffer.from(payloads.map(lineOf).join(""));

/** A server whose every connect plays its own script; the last one repeats. */
const serve = (...scripts: StreamScript[]): Promise<ScriptedServer> =>
  startScriptedServer({
    stream: (response, connection, request) =>
      scripts[Math.min(connection, scripts.length) - 1]?.(response, connection, request),
  });

/** Lets everything that is due happen, `count` times. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends everything and keeps the stream open. */
const sends =
  (bytes: string | Buffer): StreamScript =>
  (response) =>
    write(beginStream(response), bytes);
const silent: StreamScript = (response) => beginStream(response);

describe("the bytes of a stream", () => {
  test("give the same posts wherever they are cut: in a character, in a CRLF, at every byte", async () => {
    const all = posts(12);
    const bytes = bytesOf(all);
    await using server = await serve(async (response) => {
      beginStream(response);
      for (let at = 0; at < bytes.length; at++) await write(response, bytes.subarray(at, at + 1));
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(all.length))).toEqual(all);
  });

  test("give the same posts under any cuts, heartbeats and endings", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.string({ unit: "grapheme" }),
            fc.constantFrom("\r\n", "\n", "\r\n\r\n", "\r\n\r\n\r\n"),
          ),
          {
            minLength: 1,
            maxLength: 8,
          },
        ),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (parts, cuts) => {
          const all = parts.map(([text], n) => ({ data: { id: `${n}`, text } }));
          const bytes = Buffer.from(parts.map(([, ending], n) => JSON.stringify(all[n]) + ending).join(""));
          const points = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          await using server = await serve(async (response) => {
            beginStream(response);
            for (const [index, from] of [0, ...points].entries()) {
              await write(response, bytes.subarray(from, points[index] ?? bytes.length));
            }
          });
          await using x = await openTestStream(server);
          expect(payloadsOf(await x.read(all.length))).toEqual(all);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("give a post whose CRLF comes alone, without waiting for the next one", async () => {
    await using server = await serve(async (response) => {
      await write(beginStream(response), JSON.stringify(post(1)));
      await write(response, "\r\n");
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
  });

  test("come with the line's raw bytes, the connection's number and the time", async () => {
    await using server = await serve(sends(lineOf(post(2))));
    await using x = await openTestStream({ ...server, url: server.url, clock: createManualClock(5_000) });
    expect(await x.read(1)).toEqual([
      {
        kind: "post",
        raw: Buffer.from(JSON.stringify(post(2))),
        payload: post(2),
        origin: { kind: "x", connection: 1, receivedAtMs: 5_000 },
      },
    ]);
  });

  test("are handed on as malformed, raw, when they are not JSON or not UTF-8, and the rest flows", async () => {
    const bad = Buffer.concat([
      Buffer.from('{"data":{"text":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}}'),
    ]);
    const lines = [Buffer.from('{"data":{"id'), bad, Buffer.from("<html>")];
    const bytes = Buffer.concat([
      ...lines.flatMap((line) => [line, Buffer.from("\r\n")]),
      bytesOf([post(1)]),
    ]);
    await using server = await serve(sends(bytes));
    await using x = await openTestStream(server);
    const read = await x.read(4);
    expect(read.map(({ kind }) => kind)).toEqual(["malformed", "malformed", "malformed", "post"]);
    expect(read.slice(0, 3).map(({ raw }) => raw)).toEqual(lines);
  });

  test("give kinds of message that nobody knows, and posts that carry errors, as posts", async () => {
    const all = [
      { event: "new" },
      [],
      "text",
      null,
      { data: post(1).data, errors: [{ title: "Not Found Error" }] },
    ];
    await using server = await serve(sends(bytesOf(all)));
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(all.length))).toEqual(all);
    expect(x.stream.counters).toMatchObject({ lines: 5, notices: 0 });
  });

  test("give a 1 MiB message that comes in 64-byte writes", async () => {
    const big = { data: { id: "1", text: "x".repeat(1 << 20) } };
    const bytes = bytesOf([big]);
    await using server = await serve((response) => {
      beginStream(response);
      for (let at = 0; at < bytes.length; at += 64) response.write(bytes.subarray(at, at + 64));
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(1))).toEqual([big]);
  });

  test("that never end a line drop the connection at the limit, and the next one goes on", async () => {
    await using server = await serve(sends(Buffer.alloc(200_000, "x")), sends(lineOf(post(1))));
    await using x = await openTestStream({ url: server.url, maxLineBytes: 100_000 });
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
    expect(x.stream.counters.disconnects["line-too-long"]).toBe(1);
  });

  test("count heartbeats and give nothing for them", async () => {
    await using server = await serve(sends(`\r\n\r\n${lineOf(post(1))}`));
    await using x = await openTestStream(server);
    expect(await x.read(1)).toHaveLength(1);
    expect(x.stream.counters.heartbeats).toBe(2);
  });
});

describe("gzip", () => {
  const packed =
    (payloads: readonly unknown[], after: (response: Parameters<StreamScript>[0]) => void): StreamScript =>
    (response) => {
      beginStream(response, { "content-encoding": "gzip" });
      const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
      gzip.on("data", (chunk: Buffer) => response.write(chunk));
      const bytes = bytesOf(payloads);
      for (let at = 0; at < bytes.length; at += 777) gzip.write(bytes.subarray(at, at + 777));
      gzip.flush(() => after(response));
    };

  test("gives every post as soon as it is flushed", async () => {
    const all = posts(300);
    await using server = await serve(packed(all, () => {}));
    await using x = await openTestStream({ url: server.url, compression: true });
    expect(payloadsOf(await x.read(all.length))).toEqual(all);
    await server.drained();
  });

  test("notices at once that the socket broke, gives what came, and connects again", async () => {
    const all = posts(300);
    const reset: { now: () => void } = { now() {} };
    await using server = await serve(
      packed(all, (response) => {
        reset.now = () => response.socket?.resetAndDestroy();
      }),
      packed([post(999)], () => {}),
    );
    // Were the break not noticed, only the idle limit would end this, and this clock stands still.
    await using x = await openTestStream({
      url: server.url,
      compression: true,
      clock: createManualClock(),
      policy: { minSpacingMs: 0 },
    });
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const batch of x.stream.read(stop.signal)) {
      seen.push(...payloadsOf(batch));
      if (seen.length === all.length) reset.now();
      if (seen.length > all.length) stop.abort();
    }
    expect(seen).toEqual([...all, post(999)]);
    expect(x.stream.counters.disconnects).toMatchObject({ reset: 1, stopped: 1 });
  });

  test("that is none drops the connection, and the next one goes on", async () => {
    await using server = await serve(
      (response) => {
        beginStream(response, { "content-encoding": "gzip" });
        response.write("this is no gzip");
      },
      packed([post(1)], () => {}),
    );
    await using x = await openTestStream({ url: server.url, compression: true });
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
    expect(x.stream.counters.disconnects.corrupt).toBe(1);
  });
});

describe("a stream that ends", () => {
  test("is connected again at once, and its last post counts though its CRLF never came", async () => {
    await using server = await serve(
      (response) => beginStream(response).end(lineOf(post(1)) + JSON.stringify(post(2))),
      sends(lineOf(post(3))),
    );
    await using x = await openTestStream(server);
    const lines = await x.read(3);
    expect(payloadsOf(lines)).toEqual([post(1), post(2), post(3)]);
    expect(lines.map(({ origin }) => origin)).toMatchObject([
      { connection: 1 },
      { connection: 1 },
      { connection: 2 },
    ]);
    expect(x.stream.counters).toMatchObject({
      connects: 2,
      disconnects: { ended: 1, stopped: 1 },
      partialLines: 0,
    });
  });

  test("inside a line says so and counts it", async () => {
    await using server = await serve(
      (response) => beginStream(response).end(`${lineOf(post(1))}{"data":{"id":"2"`),
      sends(lineOf(post(3))),
    );
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(2))).toEqual([post(1), post(3)]);
    expect(x.stream.counters.partialLines).toBe(1);
    expect(x.warnings).toContainEqual({
      message: expect.stringMatching(/inside a line/),
      fields: { connection: 1, bytes: 17 },
    });
  });

  test("is dropped and connected again when it is silent longer than the idle limit", async () => {
    const clock = createManualClock();
    await using server = await serve(sends(lineOf(post(1))), sends(lineOf(post(2))));
    await using x = await openTestStream({ url: server.url, clock });
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const batch of x.stream.read(stop.signal)) {
      seen.push(...payloadsOf(batch));
      if (seen.length === 1) await clock.advance(25_000);
      else stop.abort();
    }
    expect(seen).toEqual([post(1), post(2)]);
    expect(x.stream.counters.disconnects.idle).toBe(1);
  });

  test("stays connected as long as only heartbeats come", async () => {
    const clock = createManualClock();
    await using server = await serve(silent);
    await using x = await openTestStream({ url: server.url, clock });
    const reading = x.read(1);
    const response = await server.connected(1);
    for (let beats = 1; beats <= 5; beats++) {
      await write(response, "\r\n");
      while (x.stream.counters.heartbeats < beats) await turns(1);
      await clock.advance(20_000);
    }
    await write(response, lineOf(post(1)));
    expect(payloadsOf(await reading)).toEqual([post(1)]);
    expect(x.stream.counters).toMatchObject({ connects: 1, heartbeats: 5, disconnects: { idle: 0 } });
  });

  test.each([
    [
      "an errors message",
      {
        errors: [
          {
            title: "operational-disconnect",
            disconnect_type: "ForceDisconnect",
            type: "x/operational-disconnect",
          },
        ],
      },
    ],
    ["a bare problem", { title: "ConnectionException", detail: "x", type: "x/streaming-connection" }],
  ])("by %s is closed by us though X leaves it open, and connected again", async (_, notice) => {
    await using server = await serve(sends(lineOf(post(1)) + lineOf(notice)), sends(lineOf(post(2))));
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(2))).toEqual([post(1), post(2)]);
    expect(x.stream.counters).toMatchObject({ notices: 1, disconnects: { notice: 1 } });
    await server.drained();
  });

  test("by a notice about the usage cap ends the source, after what came before it", async () => {
    const notice = {
      errors: [{ title: "UsageCapExceeded", type: "https://api.x.com/2/problems/usage-capped" }],
    };
    await using server = await serve(sends(lineOf(post(1)) + lineOf(notice)));
    await using x = await openTestStream(server);
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const batch of x.stream.read(new AbortController().signal)) seen.push(...payloadsOf(batch));
    }).rejects.toMatchObject({ code: "x-usage-capped" });
    expect(seen).toEqual([post(1)]);
    expect(server.requests.filter(({ path }) => path.endsWith("/stream"))).toHaveLength(1);
  });
});

describe("a reader that is slow", () => {
  test("holds the server back, with bounded memory, and gets every post in the end", async () => {
    const all = posts(40_000);
    const bytes = bytesOf(all);
    let sent = 0;
    await using server = await serve(async (response) => {
      beginStream(response);
      for (let at = 0; at < bytes.length; at += 64_000) {
        const room = response.write(bytes.subarray(at, at + 64_000));
        sent = Math.min(bytes.length, at + 64_000);
        if (!room) await new Promise((resolve) => response.once("drain", resolve));
      }
    });
    await using x = await openTestStream({ url: server.url, queue: { maxItems: 100, maxBytes: 1 << 20 } });
    const stop = new AbortController();
    let seen = 0;
    let most = 0;
    for await (const batch of x.stream.read(stop.signal)) {
      const wanted = all.slice(seen, seen + batch.length).map((payload) => JSON.stringify(payload));
      const given = batch.map(({ raw }) => raw.toString());
      // One comparison for the batch: 40,000 matchers would be the slowest thing here.
      expect(given.join("\n") === wanted.join("\n")).toBe(true);
      seen += batch.length;
      most = Math.max(most, x.stream.queueLength);
      if (seen <= 2_000) {
        // Long enough for a server that is not held back to send all it has.
        await turns(50);
        expect(sent).toBeLessThan(bytes.length);
      }
      if (seen === all.length) stop.abort();
    }
    expect(seen).toBe(all.length);
    expect(most).toBeLessThan(2_000);
    expect(x.stream.counters.pausedMs).toBeGreaterThan(0);
    expect(x.stream.counters.connects).toBe(1);
  });

  test.each([
    // By how much waits: in the response, or in the response and the socket.
    [250, "plain", false],
    [580, "plain", false],
    [250, "gzip", true],
    [580, "gzip", true],
  ])(
    "loses nothing that had arrived when X breaks the connection meanwhile (%i posts, %s)",
    async (count, _, compression) => {
      // Noise, so that gzip leaves something to wait in the sockets.
      const noise = (n: number) => createHash("sha512").update(`${n}`).digest("hex");
      const all = posts(count).map((payload, n) => ({ ...payload, noise: noise(n) }));
      const gzip = createGzip();
      const pack = (payloads: readonly unknown[]) => {
        gzip.write(bytesOf(payloads));
        return new Promise<Buffer>((resolve) => gzip.flush(() => resolve(gzip.read())));
      };
      const send = async (response: ServerResponse, payloads: readonly unknown[]) =>
        write(response, compression ? await pack(payloads) : bytesOf(payloads));
      await using server = await serve((response) => {
        beginStream(response, compression ? { "content-encoding": "gzip" } : {});
        return send(response, all.slice(0, 1));
      }, silent);
      await using x = await openTestStream({
        url: server.url,
        compression,
        queue: { maxItems: 50, maxBytes: 1 << 20 },
      });
      const stop = new AbortController();
      const seen: unknown[] = [];
      for await (const batch of x.stream.read(stop.signal)) {
        if (seen.length === 0) {
          const response = await server.connected(1);
          await send(response, all.slice(1, 101));
          while (x.stream.queueLength < 50) await turns(1);
          await send(response, all.slice(101));
          // Time enough for a client that goes on reading to do so, and then to hear of the end.
          await turns(50);
          response.socket?.resetAndDestroy();
          await turns(50);
        }
        seen.push(...payloadsOf(batch));
        if (seen.length === all.length) stop.abort();
      }
      expect(seen).toEqual(all);
    },
  );

  test("is not cut by the idle limit while it is paused", async () => {
    const clock = createManualClock();
    const all = posts(3_000);
    await using server = await serve(sends(bytesOf(all)));
    await using x = await openTestStream({
      url: server.url,
      clock,
      queue: { maxItems: 10, maxBytes: 1 << 20 },
    });
    const stop = new AbortController();
    let seen = 0;
    for await (const batch of x.stream.read(stop.signal)) {
      seen += batch.length;
      if (seen < 1000) await clock.advance(100_000);
      if (seen === all.length) stop.abort();
    }
    expect(seen).toBe(all.length);
    expect(x.stream.counters).toMatchObject({ connects: 1, disconnects: { idle: 0 } });
  });
});

describe("refusals", () => {
  test.each([
    [400, { title: "Invalid Request" }, "x-invalid-request"],
    [401, { title: "Unauthorized" }, "x-unauthorized"],
    [402, { title: "CreditsDepleted" }, "x-credits-depleted"],
    [403, { title: "Client Forbidden" }, "x-forbidden"],
    [409, { title: "ConnectionException", connection_issue: "RuleConfigurationIssue" }, "x-no-rules"],
    [429, { title: "UsageCapExceeded", type: "x/usage-capped" }, "x-usage-capped"],
  ])("with %i %j end the source as %s", async (status, body, code) => {
    await using server = await serve((response) => refuse(response, status, body));
    await using x = await openTestStream(server);
    await expect(x.read()).rejects.toMatchObject({ code });
    expect(x.stream.state).toMatchObject({ kind: "ended" });
  });

  test("of other kinds are waited out, each by its own table", async () => {
    const tooMany = { title: "ConnectionException", connection_issue: "TooManyConnections" };
    // A minute of this clock is 10 ms.
    const clock = createSystemClock(6_000);
    await using server = await serve(
      (response) => refuse(response, 429, tooMany),
      (response) => refuse(response, 429, { title: "Too Many Requests" }),
      (response) => refuse(response, 503, "<html>"),
      (response) => response.socket?.destroy(),
      sends(lineOf(post(1))),
    );
    await using x = await openTestStream({
      url: server.url,
      clock,
      idleMs: 1e9,
      headerDeadlineMs: 1e9,
      callTimeoutMs: 1e9,
    });
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
    expect(x.stream.counters.refusals).toMatchObject({
      "too-many-connections": 1,
      "rate-limit": 1,
      server: 1,
      network: 1,
    });
    expect(x.warnings.map(({ fields }) => (fields as { inMs: number }).inMs)).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
  });

  test("because X has no rule come before any connect", async () => {
    await using server = await startScriptedServer({ stream() {}, rules: () => ({ body: { meta: {} } }) });
    await expect(openTestStream(server)).rejects.toMatchObject({ code: "x-no-rules" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/2/tweets/search/stream/rules"]);
  });

  test("because nothing listens name the address, at once", async () => {
    const server = await serve(silent);
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await expect(openTestStream({ url })).rejects.toMatchObject({
      code: "x-unreachable",
      message: expect.stringContaining(url),
      details: { url },
    });
  });

  test("after X went away are waited out", async () => {
    await using server = await serve((response) => beginStream(response).end(lineOf(post(1))));
    await using x = await openTestStream(server);
    const stop = new AbortController();
    for await (const _ of x.stream.read(stop.signal)) {
      await server[Symbol.asyncDispose]();
      while (x.stream.counters.refusals.unreachable === 0) await turns(1);
      stop.abort();
    }
    expect(x.stream.state).toEqual({ kind: "ended", error: null });
  });
});

describe("stopping", () => {
  test("while it streams ends the reading and leaves no socket", async () => {
    await using server = await serve(silent);
    await using x = await openTestStream(server);
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of x.stream.read(stop.signal)) throw new Error("nothing was sent");
    })();
    await server.connected(1);
    while (x.stream.state.kind !== "streaming") await turns(1);
    stop.abort();
    await reading;
    await server.drained();
    expect(x.stream.state).toEqual({ kind: "ended", error: null });
  });

  test("while X does not answer the connect ends the reading and leaves no socket", async () => {
    await using server = await serve(() => {});
    await using x = await openTestStream(server);
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of x.stream.read(stop.signal)) throw new Error("nothing was sent");
    })();
    await server.connected(1);
    stop.abort();
    await reading;
    await server.drained();
  });

  test("while it waits out a refusal ends the reading at once", async () => {
    await using server = await serve((response) => refuse(response, 503, {}));
    await using x = await openTestStream(server);
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of x.stream.read(stop.signal)) throw new Error("nothing was sent");
    })();
    while (x.stream.counters.refusals.server === 0) await turns(1);
    stop.abort();
    await reading;
    expect(server.requests.filter(({ path }) => path.endsWith("/stream"))).toHaveLength(1);
  });

  test("at the moment of connecting leaves no socket, whenever it comes", async () => {
    for (let moment = 0; moment < 30; moment++) {
      await using server = await serve(sends(lineOf(post(1))));
      await using x = await openTestStream(server);
      const stop = new AbortController();
      const reading = (async () => {
        for await (const _ of x.stream.read(stop.signal));
      })();
      await turns(moment);
      stop.abort();
      await reading;
      await server.drained();
    }
  });

  test("between the answer to the connect and the first byte leaves no socket", async () => {
    await using server = await serve(sends(lineOf(post(1))));
    const stop = new AbortController();
    const system = createSystemClock();
    let opened: TestStream | undefined;
    const now = () => {
      if (opened?.stream.counters.connects === 1) stop.abort();
      return system.now();
    };
    await using x = await openTestStream({ url: server.url, clock: { ...system, now } });
    opened = x;
    for await (const _ of x.stream.read(stop.signal)) throw new Error("it was stopped before it read");
    expect(stop.signal.aborted).toBe(true);
    await server.drained();
  });

  test("gives out what was received before", async () => {
    const all = posts(2_000);
    await using server = await serve(sends(bytesOf(all)));
    await using x = await openTestStream(server);
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const batch of x.stream.read(stop.signal)) {
      while (x.stream.counters.lines < all.length) await turns(1);
      stop.abort();
      seen.push(...payloadsOf(batch));
    }
    expect(seen).toEqual(all);
  });

  test("by leaving the loop, or by disposing, closes the socket too", async () => {
    await using server = await serve(sends(bytesOf(posts(3))));
    {
      await using x = await openTestStream(server);
      for await (const _ of x.stream.read(new AbortController().signal)) break;
      await server.drained();
    }
    const x = await openTestStream(server);
    const reading = x.read();
    await server.connected(2);
    await x[Symbol.asyncDispose]();
    await reading;
    await server.drained();
  });
});

test("the wanted rules are on X before the first connect, and the fields are asked for", async () => {
  const order: string[] = [];
  await using server = await startScriptedServer({
    stream(response, _, { query }) {
      order.push(`stream ${query.get("tweet.fields")} ${query.get("expansions")}`);
      write(beginStream(response), lineOf(post(1)));
    },
    rules({ method, query }) {
      order.push(`${method}${query.get("dry_run") === null ? "" : " dry"}`);
      return { body: { meta: { summary: { created: 1 } } } };
    },
  });
  await using x = await openTestStream({
    url: server.url,
    rules: [{ tag: "l", value: "love" }],
    fields: { tweet: ["lang", "created_at"], expansions: ["author_id"] },
  });
  await x.read(1);
  expect(order).toEqual(["GET", "POST dry", "POST", "stream created_at,lang author_id"]);
});
