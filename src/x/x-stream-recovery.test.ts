import { describe, expect, test } from "@jest/globals";
import { createManualClock, createSystemClock } from "../kernel/clock.ts";
import type { SourceGap } from "../source/port.ts";
import { lineOf, post, sends, serve, silent, turns } from "./testing/posts.ts";
import { openTestStream, payloadsOf } from "./testing/read-stream.ts";
import { createRulesStore } from "./testing/rules-store.ts";
import {
  beginStream,
  type Request,
  refuse,
  type StreamScript,
  startScriptedServer,
  write,
} from "./testing/scripted-server.ts";

const invalid = { title: "Invalid Request", errors: [{ message: "backfill_minutes is not allowed" }] };
const tooMany = { title: "ConnectionException", connection_issue: "TooManyConnections" };
/** A minute of this clock is 10 ms; so no limit but back-off counts. */
const quick = { clock: createSystemClock(6_000), idleMs: 1e9, headerDeadlineMs: 1e9, callTimeoutMs: 1e9 };
const streamsOf = ({ requests }: { readonly requests: readonly Request[] }) =>
  requests.filter(({ path }) => path.endsWith("/search/stream"));

describe("a gap", () => {
  const sendsThenEnds =
    (...payloads: unknown[]): StreamScript =>
    (response) =>
      beginStream(response).end(payloads.map(lineOf).join(""));

  test("is asked to be filled, and told with its bounds once the next post came", async () => {
    const gaps: SourceGap[] = [];
    await using server = await serve(
      sendsThenEnds(post(1), post(2)),
      sends(lineOf(post(2)) + lineOf(post(3))),
    );
    const clock = createManualClock(1_000_000);
    await using x = await openTestStream({
      url: server.url,
      clock,
      onGap: (gap) => gaps.push(gap),
      policy: { minSpacingMs: 0 },
    });
    expect(payloadsOf(await x.read(4))).toEqual([post(1), post(2), post(2), post(3)]);
    expect(streamsOf(server).map(({ query }) => query.get("backfill_minutes"))).toEqual([null, "1"]);
    expect(gaps).toEqual([
      {
        cause: "ended",
        fromMs: 1_000_000,
        toMs: 1_000_000,
        lastPostId: "2",
        nextPostId: "2",
        backfilledFromMs: 940_000,
      },
    ]);
    expect(x.stream.counters).toMatchObject({ gaps: 1, gapsBackfilled: 1, gapMs: 0 });
  });

  test("that X has no backfill for is told as open, and X is not asked again", async () => {
    const gaps: SourceGap[] = [];
    const refusesBackfill =
      (script: StreamScript): StreamScript =>
      (response, connection, request) =>
        request.query.has("backfill_minutes")
          ? refuse(response, 400, invalid)
          : script(response, connection, request);
    await using server = await serve(
      sendsThenEnds(post(1)),
      refusesBackfill(silent),
      refusesBackfill(sendsThenEnds(post(2))),
      refusesBackfill(sends(lineOf(post(3)))),
    );
    await using x = await openTestStream({ ...quick, url: server.url, onGap: (gap) => gaps.push(gap) });
    expect(payloadsOf(await x.read(3))).toEqual([post(1), post(2), post(3)]);
    expect(streamsOf(server).map(({ query }) => query.get("backfill_minutes"))).toEqual([
      null,
      expect.stringMatching(/^[1-5]$/),
      null,
      null,
    ]);
    expect(gaps).toMatchObject([
      { lastPostId: "1", nextPostId: "2", backfilledFromMs: null },
      { lastPostId: "2", nextPostId: "3", backfilledFromMs: null },
    ]);
    const lengths = gaps.map(({ fromMs, toMs }) => toMs - fromMs);
    expect(x.stream.counters).toMatchObject({
      gaps: 2,
      gapsBackfilled: 0,
      gapMs: (lengths[0] ?? 0) + (lengths[1] ?? 0),
    });
  });

  test("begins a pause before the cut, for what waited at X then went with the connection", async () => {
    const clock = createManualClock(1_000_000);
    const gaps: SourceGap[] = [];
    await using server = await serve(sends(lineOf(post(1))), sends(lineOf(post(4))));
    await using x = await openTestStream({
      url: server.url,
      clock,
      onGap: (gap) => gaps.push(gap),
      queue: { maxItems: 2, maxBytes: 1 << 20 },
      policy: { minSpacingMs: 0 },
    });
    const stop = new AbortController();
    const reading = x.stream.read(stop.signal)[Symbol.asyncIterator]();
    const take = async () => payloadsOf((await reading.next()).value ?? []);
    expect(await take()).toEqual([post(1)]);
    const response = await server.connected(1);
    await write(response, lineOf(post(2)) + lineOf(post(3)));
    while (x.stream.counters.lines < 3) await turns(1);
    await clock.advance(30_000);
    expect(x.stream.counters.pausedMs).toBe(30_000);
    expect(x.warnings).toMatchObject([{ message: expect.stringMatching(/slower than X/) }]);
    response.socket?.resetAndDestroy();
    expect(await take()).toEqual([post(2), post(3)]);
    expect(await take()).toEqual([post(4)]);
    stop.abort();
    expect((await reading.next()).done).toBe(true);
    expect(gaps).toMatchObject([
      { cause: "reset", fromMs: 970_000, toMs: 1_030_000, lastPostId: "3", nextPostId: "4" },
    ]);
  });

  test("since an earlier run is one as any other", async () => {
    const gaps: SourceGap[] = [];
    await using server = await serve(sends(lineOf(post(8))));
    await using x = await openTestStream({
      url: server.url,
      clock: createManualClock(1_000_000),
      resume: { atMs: 910_000, postId: "7" },
      onGap: (gap) => gaps.push(gap),
    });
    await x.read(1);
    expect(streamsOf(server)[0]?.query.get("backfill_minutes")).toBe("3");
    expect(gaps).toEqual([
      {
        cause: "restart",
        fromMs: 910_000,
        toMs: 1_000_000,
        lastPostId: "7",
        nextPostId: "8",
        backfilledFromMs: 820_000,
      },
    ]);
  });

  test("that lasts until the end is told then, and no gap where the stream stood", async () => {
    const gaps: SourceGap[] = [];
    await using server = await serve(sendsThenEnds(post(1)), (response) => refuse(response, 503, ""));
    await using x = await openTestStream({
      url: server.url,
      clock: createManualClock(5_000),
      onGap: (gap) => gaps.push(gap),
      policy: { minSpacingMs: 0 },
    });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of x.stream.read(stop.signal));
    })();
    while (x.stream.counters.refusals.server === 0 || x.stream.state.kind !== "waiting") await turns(1);
    stop.abort();
    await reading;
    expect(gaps).toMatchObject([
      { cause: "ended", lastPostId: "1", nextPostId: null, backfilledFromMs: null },
    ]);

    await using quiet = await serve(sends(lineOf(post(1))));
    await using y = await openTestStream({ url: quiet.url, onGap: (gap) => gaps.push(gap) });
    await y.read(1);
    expect(gaps).toHaveLength(1);
  });
});

describe("a defect while a line is handled", () => {
  test("ends the source with it, and leaves no socket open", async () => {
    await using server = await serve(
      (response) => beginStream(response).end(lineOf(post(1))),
      sends(lineOf(post(2))),
    );
    await using x = await openTestStream({
      url: server.url,
      onGap() {
        throw new Error("a defect");
      },
    });
    await expect(x.read()).rejects.toThrow("a defect");
    await server.drained();
  });
});

describe("rules that X lost", () => {
  const lost = { title: "ConnectionException", connection_issue: "RuleConfigurationIssue" };
  const rules = [{ tag: "python", value: "python" }];

  test("are set again after a 409, and after a notice", async () => {
    const store = createRulesStore();
    const forgets: StreamScript = (response) => {
      store.rules.length = 0;
      refuse(response, 409, lost);
    };
    const notice = {
      errors: [{ title: "x", disconnect_type: "InvalidRules", type: "x/operational-disconnect" }],
    };
    const forgetsLater: StreamScript = (response) => {
      store.rules.length = 0;
      return write(beginStream(response), lineOf(post(1)) + lineOf(notice));
    };
    await using server = await startScriptedServer({
      rules: store.answer,
      stream: (response, connection, request) =>
        [forgets, forgetsLater, sends(lineOf(post(2)))][connection - 1]?.(response, connection, request),
    });
    await using x = await openTestStream({ ...quick, url: server.url, rules });
    expect(payloadsOf(await x.read(2))).toEqual([post(1), post(2)]);
    expect(store.rules).toMatchObject([{ value: "python", tag: "birdwire:python" }]);
    expect(x.stream.counters).toMatchObject({
      refusals: { "no-rules": 1 },
      noticeTypes: { InvalidRules: 1 },
    });
  });

  test("of others end the source, for nobody here can set them", async () => {
    const store = createRulesStore({ rules: [{ id: "1", value: "x", tag: "" }] });
    await using server = await startScriptedServer({
      rules: store.answer,
      stream(response) {
        store.rules.length = 0;
        refuse(response, 409, lost);
      },
    });
    await using x = await openTestStream({ url: server.url });
    await expect(x.read()).rejects.toMatchObject({ code: "x-no-rules" });
  });
});

describe("at the start", () => {
  test("a rules call that fails is waited out", async () => {
    const answers = [
      { status: 503, body: "<html>" },
      { status: 429, body: { title: "Too Many Requests" } },
    ];
    const store = createRulesStore({ rules: [{ id: "1", value: "x", tag: "" }] });
    await using server = await startScriptedServer({
      stream: sends(lineOf(post(1))),
      rules: (request) => answers.shift() ?? store.answer(request),
    });
    await using x = await openTestStream({ ...quick, url: server.url });
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
    expect(x.stream.counters.ruleRefusals).toMatchObject({ server: 1, "rate-limit": 1 });
  });

  test.each([401, 402, 403])("%i for a rules call ends it", async (status) => {
    await using server = await startScriptedServer({ stream() {}, rules: () => ({ status, body: {} }) });
    await expect(openTestStream(server)).rejects.toMatchObject({
      code: { 401: "x-unauthorized", 402: "x-credits-depleted", 403: "x-forbidden" }[status],
    });
  });

  test("a stop is heeded in a wait and in a call, and the source is empty", async () => {
    const stop = new AbortController();
    await using server = await startScriptedServer({
      stream() {},
      rules() {
        setImmediate(() => stop.abort());
        return { status: 503, body: {} };
      },
    });
    await using x = await openTestStream({
      url: server.url,
      signal: stop.signal,
      clock: createManualClock(),
    });
    expect(await x.read()).toEqual([]);
    expect(streamsOf(server)).toEqual([]);
  });
});

describe("ghosts", () => {
  const at = (ms: number) => new Date(ms).toISOString();

  test("that this process left are ended; the connection of another is not", async () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const killed: unknown[] = [];
    const rows = [
      { id: "other", endpoint_name: "filtered_stream", connected_at: at(nowMs - 3_600_000) },
      { id: "ghost", endpoint_name: "filtered_stream", connected_at: at(nowMs) },
    ];
    await using server = await startScriptedServer({
      rules({ path, method, body }) {
        if (!path.endsWith("/connections")) return { body: { data: [{ id: "1", value: "x" }] } };
        if (method === "GET") return { body: { data: rows } };
        killed.push(body);
        return { body: { data: { successful_kills: 1, failed_kills: 0, results: [] } } };
      },
      stream(response, connection) {
        const headers = { date: new Date(nowMs).toUTCString() };
        if (connection === 1) return beginStream(response, headers).end(lineOf(post(1)));
        if (connection === 2) return refuse(response, 429, tooMany);
        return write(beginStream(response), lineOf(post(2)));
      },
    });
    await using x = await openTestStream({ ...quick, url: server.url, backfill: false });
    expect(payloadsOf(await x.read(2))).toEqual([post(1), post(2)]);
    expect(killed).toEqual([{ uuids: ["ghost"] }]);
    expect(x.stream.counters.ghostsKilled).toBe(1);
  });

  test.each([
    ["never", []],
    ["auto", ["GET"]],
    ["all", ["GET", "DELETE"]],
  ] as const)("of an earlier process are left to X, but for `all`: %s", async (ghosts, calls) => {
    const asked: string[] = [];
    await using server = await startScriptedServer({
      rules({ path, method }) {
        if (!path.endsWith("/connections")) return { body: { data: [{ id: "1", value: "x" }] } };
        asked.push(method);
        if (method === "GET") return { body: { data: [{ id: "a", connected_at: at(0) }] } };
        return { body: { data: { successful_kills: 1 } } };
      },
      stream: (response, connection) =>
        connection === 1 ? refuse(response, 429, tooMany) : write(beginStream(response), lineOf(post(1))),
    });
    await using x = await openTestStream({ ...quick, url: server.url, ghosts });
    await x.read(1);
    expect(asked).toEqual(calls);
    expect(x.stream.counters.ghostsKilled).toBe(ghosts === "all" ? 1 : 0);
  });

  test("are waited out when the connections API fails", async () => {
    await using server = await startScriptedServer({
      rules: ({ path }) =>
        path.endsWith("/connections")
          ? { status: 500, body: {} }
          : { body: { data: [{ id: "1", value: "x" }] } },
      stream: (response, connection) =>
        connection === 1 ? refuse(response, 429, tooMany) : write(beginStream(response), lineOf(post(1))),
    });
    await using x = await openTestStream({ ...quick, url: server.url, ghosts: "all" });
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
  });
});

describe("a line without an end", () => {
  test("is cut off far past the limit, and the connection made again", async () => {
    await using server = await serve(
      async (response) => {
        beginStream(response);
        for (let n = 0; n < 64 && !response.destroyed; n++) await write(response, Buffer.alloc(1024, "x"));
      },
      sends(lineOf(post(1))),
    );
    await using x = await openTestStream({
      url: server.url,
      maxLineBytes: 4096,
      policy: { minSpacingMs: 0 },
    });
    const lines = await x.read(2);
    expect(lines.map(({ kind }) => kind)).toEqual(["malformed", "post"]);
    expect(lines[0]?.raw.length).toBe(4096);
    expect(x.stream.counters.disconnects.overlong).toBe(1);
  });
});

describe("a notice about one post", () => {
  test("is counted, and the stream goes on", async () => {
    const notice = { errors: [{ title: "Not Found Error", detail: "x", type: "x/resource-not-found" }] };
    await using server = await serve(sends(lineOf(notice) + lineOf(post(1))));
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
    expect(x.stream.counters).toMatchObject({
      connects: 1,
      notices: 1,
      noticeTypes: { "resource-not-found": 1 },
    });
  });
});
