import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import type { XEmulator } from "../start.ts";
import { addRules, ask, openStream } from "../testing/client.ts";
import { anyPost, ledgerOf, rulesPath, start, streamPath } from "../testing/setup.ts";

const nowMs = Date.UTC(2026, 0, 1, 12);

async function send(x: XEmulator, path: string, body: unknown = {}) {
  return ask(x.controlUrl + path, { method: "POST", token: null, body });
}

describe("the control port", () => {
  test("lists what it can do, and says so where it cannot", async () => {
    await using x = await start();
    const { routes } = (await ask(`${x.controlUrl}/`)).body as { routes: Record<string, string> };
    for (const route of ["GET /counters", "GET /ledger", "GET /connections", "POST /posts", "POST /reset"]) {
      expect(routes[route]).toEqual(expect.any(String));
    }
    expect(await ask(`${x.controlUrl}/nothing`)).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining("GET /") },
    });
    expect(await ask(`${x.controlUrl}/posts`)).toMatchObject({
      status: 405,
      body: { detail: expect.stringContaining("POST /posts") },
    });
  });

  test.each(["?state=lost", "?app=x", "?connection=-1"])("refuses a ledger of %s", async (query) => {
    await using x = await start();
    expect((await ask(`${x.controlUrl}/ledger${query}`)).status).toBe(400);
  });

  test("tells every stream with what it was sent and when it came and went", async () => {
    const clock = createManualClock(nowMs);
    await using x = await start({ clock, count: 20 });
    await addRules(x.url, anyPost);
    const stream = await openStream(x.url);
    await stream.until(20);
    await clock.advance(5000);
    await ask(`${x.url}/2/connections/all`, { method: "DELETE" });
    await stream.ended;
    await x.ledger.quiet();
    await using _next = await openStream(x.url);
    expect((await ask(`${x.controlUrl}/connections`)).body).toMatchObject({
      data: [
        {
          ...{ app: 1, connection: 1, kind: "stream", state: "closed", queued_bytes: 0 },
          ...{ connected_at: nowMs, disconnected_at: nowMs + 5000, disconnect_reason: "ForceDisconnect" },
          posts: { matched: 20, settled: 20, dropped: 0 },
        },
        { app: 1, connection: 2, state: "open", connected_at: nowMs + 5000, posts: { matched: 0 } },
      ],
    });
    expect(await ledgerOf(x.controlUrl, "?connection=1")).toHaveLength(20);
    expect(await ledgerOf(x.controlUrl, "?connection=2")).toEqual([]);
  });
});

describe("a post of one's own", () => {
  test("is a text, played at once, with an id and a time of now", async () => {
    await using x = await start({ clock: createManualClock(nowMs) });
    await addRules(x.url, "hello");
    await using stream = await openStream(
      x.url,
      "?tweet.fields=created_at,author_id,lang&expansions=author_id",
    );
    const answer = await send(x, "/posts", { text: "hello 🌍", username: "ann", lang: "en" });
    const { data } = answer.body as { data: { id: string } };
    expect(answer).toMatchObject({
      status: 201,
      body: { data: { matched: [{ app: 1, tags: [""], connections: [1] }] } },
    });
    const [line = ""] = await stream.until(1);
    expect(JSON.parse(line)).toMatchObject({
      data: { id: data.id, text: "hello 🌍", lang: "en", created_at: "2026-01-01T12:00:00.000Z" },
      includes: { users: [{ username: "ann" }] },
    });
    expect(await ledgerOf(x.controlUrl)).toMatchObject([{ id: data.id, connection: 1 }]);
  });

  test("is a whole message, sent as it is but for the rules it matched", async () => {
    await using x = await start();
    await addRules(x.url, "hello");
    await using stream = await openStream(x.url, "?expansions=author_id&user.fields=verified");
    await send(x, "/posts", {
      data: { id: "77", text: "hello", author_id: "1" },
      includes: { users: [{ id: "1", name: "A", username: "a", verified: true }] },
      matching_rules: [{ id: "1", tag: "made up" }],
    });
    const [line = ""] = await stream.until(1);
    expect(JSON.parse(line)).toMatchObject({
      data: { id: "77", text: "hello", edit_history_tweet_ids: ["77"] },
      includes: { users: [{ id: "1", verified: true }] },
      matching_rules: [{ tag: "" }],
    });
  });

  test("that nobody listens to is recorded as missed", async () => {
    await using x = await start();
    await addRules(x.url, "hello");
    const answers = (await send(x, "/posts", [{ text: "hello" }, { text: "goodbye" }])).body;
    expect(answers).toMatchObject({ data: [{ matched: [{ connections: [] }] }, { matched: [] }] });
    expect(await ledgerOf(x.controlUrl)).toMatchObject([{ connection: 0, dropped: "not-connected" }]);
  });

  test.each<[unknown, string]>([
    ["{", "Invalid JSON"],
    [{}, '"text"'],
    [{ text: 1 }, '"text"'],
    [{ text: "a", bogus: 1 }, "bogus"],
    [{ data: {} }, "data.text"],
    [{ data: { text: "a", id: 7 } }, "data.id"],
    [[{ text: "a" }, 7], "post 2"],
    [[], "no post"],
  ])("of %j is refused with what to send instead, and nothing is played", async (body, hint) => {
    await using x = await start();
    const answer = await send(x, "/posts", body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(JSON.stringify(hint).slice(1, -1));
    expect(x.counters().posts.played).toBe(0);
  });
});

describe("a reset", () => {
  async function used() {
    const x = await start({ tier: "enterprise", clock: createManualClock(nowMs) });
    await addRules(x.url, "hello");
    const stream = await openStream(x.url);
    await send(x, "/posts", { text: "hello" });
    await stream.until(1);
    return { x, stream };
  }

  test("cuts streams and forgets rules, usage, windows, past and ledger", async () => {
    const { x, stream } = await used();
    await using _ = x;
    expect((await send(x, "/reset")).status).toBe(200);
    expect(await stream.ended).toBe(true);
    expect(await ledgerOf(x.controlUrl)).toEqual([]);
    expect(x.counters()).toMatchObject({
      ledger: { matched: 0, settled: 0, pending: 0 },
      connections: { open: 0 },
      rules: 0,
      apps: [{ usage: { posts: 0 }, past: 0 }],
    });
    expect((await ask(x.url + rulesPath)).headers["x-rate-limit-remaining"]).toBe("449");
    expect((await ask(x.url + streamPath)).status).toBe(409);
  });

  test("keeps what it is told to", async () => {
    const { x, stream } = await used();
    await using _ = x;
    await send(x, "/reset?keep=rules,streams,usage");
    expect(x.counters()).toMatchObject({
      rules: 1,
      connections: { open: 1 },
      apps: [{ usage: { posts: 1 } }],
    });
    await send(x, "/posts", { text: "hello" });
    await stream.until(2);
    await stream[Symbol.asyncDispose]();
    expect((await send(x, "/reset?keep=bogus")).body).toMatchObject({
      detail: expect.stringContaining("streams, rules"),
    });
  });
});
