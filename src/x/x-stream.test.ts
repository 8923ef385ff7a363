import { describe, expect, test } from "@jest/globals";
import { createManualClock, createSystemClock } from "../kernel/clock.ts";
import { lineOf, post, sends, serve, silent, turns } from "./testing/posts.ts";
import { openTestStream, payloadsOf } from "./testing/read-stream.ts";
import { beginStream, refuse, startScriptedServer, write } from "./testing/scripted-server.ts";

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
