import { createHash } from "node:crypto";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { createManualClock, createSystemClock } from "../kernel/clock.ts";
import { bytesOf, lineOf, post, posts, sends, serve, silent, turns } from "./testing/posts.ts";
import { openTestStream, payloadsOf, type TestStream } from "./testing/read-stream.ts";
import {
  beginStream,
  refuse,
  type ScriptedServer,
  startScriptedServer,
  write,
} from "./testing/scripted-server.ts";

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

/** A server that has seen the client's end hears of a closed socket only when it writes. */
async function provesClosed(server: ScriptedServer): Promise<void> {
  const response = await server.connected(1);
  for (; server.openSockets > 0; await turns(1)) response.write("\r\n");
}

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

  test.each([
    ["plain", undefined],
    ["gzip", "gzip"],
    ["br", "br"],
  ] as const)(
    "gives out all that X wrote before it heard of it, though it waits in the sockets (%s)",
    async (_, coding) => {
      const noise = (n: number) => createHash("sha512").update(`${n}`).digest("hex").repeat(8);
      const all = posts(4_000).map((payload, n) => ({ ...payload, noise: noise(n) }));
      let sent = 0;
      let finished = false;
      await using server = await serve(async (response) => {
        beginStream(response, coding === undefined ? {} : { "content-encoding": coding });
        const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
        const packer = coding === "br" ? createBrotliCompress(fast) : createGzip();
        if (coding !== undefined) packer.on("data", (chunk: Buffer) => response.write(chunk));
        for (let at = 0; at < all.length && response.writableLength === 0; at += 50) {
          const bytes = bytesOf(all.slice(at, at + 50));
          if (coding === undefined) response.write(bytes);
          else {
            packer.write(bytes);
            await new Promise<void>((resolve) => packer.flush(() => setImmediate(resolve)));
          }
          sent = at + 50;
          await turns(1);
        }
        finished = true;
      });
      await using x = await openTestStream({
        url: server.url,
        compression: coding !== undefined,
        queue: { maxItems: 10, maxBytes: 1 << 20 },
      });
      const stop = new AbortController();
      const seen: unknown[] = [];
      for await (const batch of x.stream.read(stop.signal)) {
        while (!finished) await turns(1);
        if (seen.length === 0) expect(x.stream.counters.lines).toBeLessThan(sent / 2);
        stop.abort();
        seen.push(...payloadsOf(batch));
      }
      expect(seen.length).toBe(sent);
      // One comparison for all: a difference would take minutes to print.
      expect(JSON.stringify(seen) === JSON.stringify(all.slice(0, sent))).toBe(true);
      expect(x.stream.counters).toMatchObject({ disconnects: { stopped: 1 }, partialLines: 0 });
      expect(x.warnings).toEqual([]);
      await server.drained();
    },
  );

  test("takes a reset for the end, and gives out what came before it", async () => {
    await using server = await serve((response, connection, request) => {
      response.socket?.prependListener("end", () => response.socket?.resetAndDestroy());
      return sends(bytesOf(posts(3)))(response, connection, request);
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(3))).toEqual(posts(3));
    expect(x.stream.counters.disconnects).toMatchObject({ reset: 0, stopped: 1 });
    expect(x.warnings).toEqual([]);
  });

  test("waits 5 s for a peer that does not end, then closes and says so", async () => {
    const clock = createManualClock();
    await using server = await serve((response, connection, request) => {
      response.socket?.removeAllListeners("end");
      return sends(lineOf(post(1)))(response, connection, request);
    });
    await using x = await openTestStream({ url: server.url, clock });
    const stop = new AbortController();
    let over = false;
    const reading = (async () => {
      for await (const _ of x.stream.read(stop.signal)) stop.abort();
      over = true;
    })();
    while (!stop.signal.aborted) await turns(1);
    await clock.advance(4_999);
    await turns(20);
    expect(over).toBe(false);
    await clock.advance(1);
    await reading;
    await provesClosed(server);
    expect(x.warnings).toMatchObject([{ fields: { connection: 1, waitedMs: 5_000 } }]);
  });

  test("by disposing does not wait for the peer, after a stop too", async () => {
    await using server = await serve((response, connection, request) => {
      response.socket?.removeAllListeners("end");
      return silent(response, connection, request);
    });
    await using x = await openTestStream({ url: server.url, clock: createManualClock() });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of x.stream.read(stop.signal)) throw new Error("nothing was sent");
    })();
    while (x.stream.state.kind !== "streaming") await turns(1);
    stop.abort();
    await turns(5);
    await x[Symbol.asyncDispose]();
    await reading;
    await provesClosed(server);
    expect(x.warnings).toEqual([]);
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
