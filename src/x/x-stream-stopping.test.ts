import { createHash } from "node:crypto";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { createManualClock, createSystemClock } from "../kernel/clock.ts";
import { bytesOf, lineOf, post, posts, sends, serve, silent, turns } from "./testing/posts.ts";
import { openTestStream, payloadsOf, type TestStream } from "./testing/read-stream.ts";
import { beginStream, refuse, type ScriptedServer } from "./testing/scripted-server.ts";

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
