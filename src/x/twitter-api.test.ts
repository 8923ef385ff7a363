import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { TwitterApi } from "twitter-api-v2";
import { createManualClock, createSystemClock } from "../kernel/clock.ts";
import { classifyFailure } from "./failure.ts";
import { turns } from "./testing/posts.ts";
import { beginStream, refuse, startScriptedServer, write } from "./testing/scripted-server.ts";
import { createXApi, type XConnect } from "./twitter-api.ts";

const clock = createSystemClock();
const connecting = (more: Partial<XConnect> = {}): XConnect => ({
  query: {},
  compression: false,
  headerDeadlineMs: 5_000,
  signal: new AbortController().signal,
  ...more,
});

describe("createXApi", () => {
  test.each(["x", "ftp://x.com", "", "//api.x.com"])("refuses %j as X's address", (url) => {
    expect(() => createXApi({ url, token: "t", clock })).toThrow(
      expect.objectContaining({ code: "x-invalid-url" }),
    );
  });

  test("knows X's address by itself, and shows none with credentials or a trailing slash", () => {
    expect(createXApi({ token: "t", clock }).url).toBe("https://api.x.com");
    expect(createXApi({ url: "http://me:secret@127.0.0.1:8/x/", token: "t", clock }).url).toBe(
      "http://127.0.0.1:8/x",
    );
  });
});

describe("connect", () => {
  test("asks with the token, the query and no compression unless it is wanted", async () => {
    await using server = await startScriptedServer({ stream: (response) => beginStream(response) });
    const api = createXApi({ url: server.url, token: "secret-token", clock });
    for (const compression of [false, true]) {
      const answer = await api.connect(
        connecting({ compression, query: { "tweet.fields": "created_at,lang" } }),
      );
      if (answer.kind !== "connected") throw new Error("not connected");
      answer.connection.close();
    }
    expect(server.requests[0]).toMatchObject({
      path: "/2/tweets/search/stream",
      headers: { authorization: "Bearer secret-token" },
    });
    expect(server.requests[0]?.query.get("tweet.fields")).toBe("created_at,lang");
    expect(server.requests[0]?.headers["accept-encoding"]).toBeUndefined();
    expect(server.requests[1]?.headers["accept-encoding"]).toMatch(/gzip/);
    await server.drained();
  });

  test("finds the library's request and response where version 1.29.1 keeps them, and leaves it with neither", async () => {
    await using server = await startScriptedServer({ stream: (response) => beginStream(response) });
    const api = createXApi({ url: server.url, token: "t", clock });
    const answer = await api.connect(connecting());
    if (answer.kind !== "connected") throw new Error("not connected");
    const { response, body } = answer.connection;
    expect(body).toBe(response);
    expect(response.listenerCount("data")).toBe(0);
    // What is not taken stays in the operating system, where an abort does not reach it.
    expect(response.socket.readableHighWaterMark).toBe(1);
    const first = new Promise((resolve) => body.once("data", resolve));
    await write(await server.connected(1), "one\r\n");
    expect(`${await first}`).toBe("one\r\n");
    answer.connection.close();
    answer.connection.close();
    await server.drained();
  });

  test("the library still has the members that are used besides its public ones", () => {
    const client = new TwitterApi("t").v2;
    const stream: unknown = client.getStream("tweets/search/stream", {}, { autoConnect: false });
    expect(stream).toMatchObject({ requestData: { compression: true, options: { method: "GET" } } });
  });

  test.each([
    [400, { title: "Invalid Request" }, "invalid-request"],
    [401, { title: "Unauthorized", status: 401 }, "unauthorized"],
    [409, { title: "ConnectionException", connection_issue: "RuleConfigurationIssue" }, "no-rules"],
    [429, { title: "ConnectionException", connection_issue: "TooManyConnections" }, "too-many-connections"],
    [429, { title: "UsageCapExceeded", type: "x/usage-capped" }, "usage-capped"],
    [503, "<html>no</html>", "server"],
    [302, "", "server"],
    [204, "", "server"],
  ])("tells a refusal with %i %j apart", async (status, body, kind) => {
    await using server = await startScriptedServer({ stream: (response) => refuse(response, status, body) });
    const answer = await createXApi({ url: server.url, token: "t", clock }).connect(connecting());
    if (answer.kind !== "failed") throw new Error("connected");
    expect(answer.failure).toMatchObject({ kind: "http", status });
    expect(classifyFailure(answer.failure)).toBe(kind);
    await server.drained();
  });

  test("reads when the rate window ends and when to come back", async () => {
    await using server = await startScriptedServer({
      stream: (response) =>
        refuse(
          response,
          429,
          {},
          {
            date: new Date(1_699_999_700_000).toUTCString(),
            "x-rate-limit-limit": "50",
            "x-rate-limit-reset": "1700000000",
            "retry-after": "7",
          },
        ),
    });
    const answer = await createXApi({ url: server.url, token: "t", clock }).connect(connecting());
    expect(answer).toMatchObject({ failure: { resetInMs: 300_000, retryAfterMs: 7_000 } });
  });

  test("says that nothing listens at the address", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    const answer = await createXApi({ url: `http://127.0.0.1:${port}`, token: "t", clock }).connect(
      connecting(),
    );
    if (answer.kind !== "failed") throw new Error("connected");
    expect(classifyFailure(answer.failure)).toBe("unreachable");
  });

  test("gives a server up at the deadline that never answers, and closes the socket", async () => {
    const manual = createManualClock();
    await using server = await startScriptedServer({ stream() {} });
    const api = createXApi({ url: server.url, token: "t", clock: manual });
    const connected = api.connect(connecting({ headerDeadlineMs: 15_000 }));
    await server.connected(1);
    await manual.advance(15_000);
    expect(await connected).toEqual({ kind: "failed", failure: { kind: "timeout", waitedMs: 15_000 } });
    await server.drained();
  });

  test.each([
    ["never ends", {}, '{"title":"Unauthorized"'],
    ["never ends, in gzip", { "content-encoding": "gzip" }, Buffer.from([0x1f, 0x8b, 8, 0])],
  ])("takes a refusal whose body %s for what its head says", async (_, headers, bytes) => {
    const manual = createManualClock();
    await using server = await startScriptedServer({
      stream(response) {
        response.writeHead(401, { "content-type": "application/json", ...headers });
        response.write(bytes);
      },
    });
    const api = createXApi({ url: server.url, token: "t", clock: manual });
    const connected = api.connect(connecting({ compression: true, headerDeadlineMs: 15_000 }));
    await server.connected(1);
    await turns(50);
    await manual.advance(10_000);
    expect(await connected).toMatchObject({ kind: "failed", failure: { kind: "http", status: 401 } });
    await server.drained();
  });

  test("reads no more of a refusal than it needs", async () => {
    await using server = await startScriptedServer({
      stream(response) {
        response.writeHead(429, { "content-type": "application/json" });
        response.write(`{"title":"UsageCapExceeded"}${" ".repeat(1 << 20)}`);
      },
    });
    const connected = createXApi({ url: server.url, token: "t", clock: createManualClock() }).connect(
      connecting(),
    );
    const answer = await connected;
    if (answer.kind !== "failed") throw new Error("connected");
    expect(classifyFailure(answer.failure)).toBe("usage-capped");
    await server.drained();
  });

  test("takes a page for people for no stream, though it comes with 200", async () => {
    await using server = await startScriptedServer({
      stream: (response) => refuse(response, 200, "<html>log in</html>", { "content-type": "text/html" }),
    });
    const answer = await createXApi({ url: server.url, token: "t", clock }).connect(connecting());
    if (answer.kind !== "failed") throw new Error("connected");
    expect(classifyFailure(answer.failure)).toBe("server");
    await server.drained();
  });

  test("tells what is left of the rate window, and when X's clock says it was opened", async () => {
    const atMs = Date.UTC(2030, 0, 1);
    await using server = await startScriptedServer({
      stream: (response) =>
        beginStream(response, {
          date: new Date(atMs).toUTCString(),
          "x-rate-limit-limit": "50",
          "x-rate-limit-remaining": "48",
        }),
    });
    const api = createXApi({ url: server.url, token: "t", clock: createManualClock(1_000) });
    const answer = await api.connect(connecting());
    if (answer.kind !== "connected") throw new Error("not connected");
    expect(answer.connection.budget).toEqual({ limit: 50, remaining: 48 });
    expect(answer.connection.openedAt).toEqual({ fromMs: atMs - 2_000, toMs: atMs + 2_000 });
    answer.connection.close();
    await server.drained();
  });

  test("stops in the middle of a connect when the signal says so, and closes the socket", async () => {
    await using server = await startScriptedServer({ stream() {} });
    const stop = new AbortController();
    const connected = createXApi({ url: server.url, token: "t", clock }).connect(
      connecting({ signal: stop.signal }),
    );
    await server.connected(1);
    stop.abort();
    expect(await connected).toEqual({ kind: "failed", failure: { kind: "aborted" } });
    await server.drained();
  });

  test("does not connect when the signal said so before", async () => {
    await using server = await startScriptedServer({ stream() {} });
    const api = createXApi({ url: server.url, token: "t", clock });
    expect(await api.connect(connecting({ signal: AbortSignal.abort() }))).toEqual({
      kind: "failed",
      failure: { kind: "aborted" },
    });
    expect(server.requests).toEqual([]);
  });
});

describe("call", () => {
  test("gives a call up that is never answered", async () => {
    const manual = createManualClock();
    const server = createServer();
    const asked = new Promise<void>((resolve) =>
      server.on("connection", (socket) => socket.once("data", () => resolve())),
    );
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const api = createXApi({ url: `http://127.0.0.1:${port}`, token: "t", clock: manual });
    const answer = api.call({ method: "GET", path: "tweets/search/stream/rules", timeoutMs: 15_000 });
    await asked;
    await manual.advance(15_000);
    expect(await answer).toEqual({ kind: "failed", failure: { kind: "timeout", waitedMs: 15_000 } });
    await new Promise((resolve) => server.close(resolve));
  });

  test("sends a body with DELETE too", async () => {
    await using server = await startScriptedServer({
      stream() {},
      rules: () => ({ body: { data: { successful_kills: 1 } } }),
    });
    const api = createXApi({ url: server.url, token: "t", clock });
    const call = {
      method: "DELETE",
      path: "connections",
      body: { uuids: ["a"] },
      timeoutMs: 15_000,
    } as const;
    expect(await api.call(call)).toEqual({ kind: "ok", body: { data: { successful_kills: 1 } } });
    expect(server.requests).toMatchObject([
      { method: "DELETE", path: "/2/connections", body: { uuids: ["a"] } },
    ]);
  });
});
