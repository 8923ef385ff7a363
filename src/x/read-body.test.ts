import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { constants, createGzip } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { bytesOf, post, posts, sends, serve, silent, turns } from "./testing/posts.ts";
import { openTestStream, payloadsOf } from "./testing/read-stream.ts";
import { beginStream, type StreamScript, write } from "./testing/scripted-server.ts";

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

describe("a process that is held up longer than the idle limit", () => {
  test("takes what came meanwhile before it calls the connection dead", async () => {
    const response: { get: () => ServerResponse } = { get: () => new Error() as never };
    await using server = await serve((open) => {
      response.get = () => open;
      return sends(bytesOf([post(1)]))(open, 1, undefined as never);
    }, silent);
    await using x = await openTestStream({ url: server.url, idleMs: 300 });
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const batch of x.stream.read(stop.signal)) {
      seen.push(...payloadsOf(batch));
      if (seen.length === 2) stop.abort();
      if (seen.length !== 1) continue;
      await write(response.get(), bytesOf([post(2)]));
      // Nothing of this process runs, as under a long pause of the collector or with the lid closed.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    }
    expect(seen).toEqual([post(1), post(2)]);
    expect(x.stream.counters.disconnects).toMatchObject({ idle: 0, stopped: 1 });
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
