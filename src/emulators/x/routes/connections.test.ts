import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { startXEmulator } from "../start.ts";
import { addRules, ask, openStream, type TestStream } from "../testing/client.ts";

interface Connections {
  readonly data?: readonly { readonly id: string; readonly disconnected_at?: string }[];
}

async function startWithStream() {
  const x = await startXEmulator({ source: { kind: "generated", count: 0 } });
  await addRules(x.url, "cat");
  return { x, stream: await openStream(x.url) };
}

describe("the connections API", () => {
  test.each(["all", "filtered_stream"])(
    "deletes by %s: the stream ends and there is room for another",
    async (what) => {
      const { x, stream } = await startWithStream();
      await using _ = x;
      const answer = await ask(`${x.url}/2/connections/${what}`, { method: "DELETE" });
      expect(answer.body).toMatchObject({ data: { successful_kills: 1, failed_kills: 0 } });
      expect(await stream.ended).toBe(true);
      await using _next = await openStream(x.url);
      const all = (await ask(`${x.url}/2/connections?status=all`)).body as Connections;
      expect(all.data).toHaveLength(2);
      expect(all.data?.[0]).not.toHaveProperty("disconnected_at");
      expect(all.data?.[1]).toHaveProperty("disconnected_at");
      expect(((await ask(`${x.url}/2/connections?status=inactive`)).body as Connections).data).toHaveLength(
        1,
      );
    },
  );

  test("deletes by id, and says which ids it does not know", async () => {
    const { x, stream } = await startWithStream();
    await using _ = x;
    const { data } = (await ask(`${x.url}/2/connections`)).body as Connections;
    const answer = await ask(`${x.url}/2/connections`, {
      method: "DELETE",
      body: { uuids: [data?.[0]?.id, "none"] },
    });
    expect(answer.body).toMatchObject({
      data: {
        successful_kills: 1,
        failed_kills: 1,
        results: [{ success: true }, { uuid: "none", success: false }],
      },
    });
    expect(await stream.ended).toBe(true);
    expect(await ask(`${x.url}/2/connections`, { method: "DELETE", body: { uuids: [] } })).toMatchObject({
      status: 400,
    });
  });
});

describe("the list of connections", () => {
  const list = async (url: string, query: string) => (await ask(`${url}/2/connections${query}`)).body;

  test("gives the fields that are asked for, in pages, of the one endpoint that there is", async () => {
    const { x, stream } = await startWithStream();
    await using _ = x;
    await ask(`${x.url}/2/connections/all`, { method: "DELETE" });
    await stream.ended;
    await using _next = await openStream(x.url);
    expect(await list(x.url, "?status=inactive&connection.fields=disconnect_reason")).toEqual({
      data: [{ id: expect.any(String), disconnect_reason: "ForceDisconnect" }],
      meta: { result_count: 1 },
    });
    const page = (await list(x.url, "?status=all&max_results=1")) as { meta: { next_token: string } };
    expect(page).toMatchObject({
      data: [{ client_ip: "127.0.0.1" }],
      meta: { next_token: expect.any(String) },
    });
    const { next_token: token } = page.meta;
    expect(await list(x.url, `?status=all&max_results=1&pagination_token=${token}`)).toMatchObject({
      data: [{ disconnect_reason: "ForceDisconnect" }],
      meta: { result_count: 1 },
    });
    expect(await list(x.url, "?endpoints=sample_stream,firehose_stream")).toEqual({
      meta: { result_count: 0 },
    });
  });

  test.each([
    "?status=bogus",
    "?endpoints=bogus",
    "?connection.fields=bogus",
    "?max_results=101",
    "?pagination_token=x",
  ])("refuses %s", async (query) => {
    const { x } = await startWithStream();
    await using _ = x;
    expect((await ask(`${x.url}/2/connections${query}`)).status).toBe(400);
  });

  test("tells which kills failed, and a second kill of the same one is among them", async () => {
    const { x, stream } = await startWithStream();
    await using _ = x;
    const { data } = (await list(x.url, "")) as Connections;
    const uuid = data?.[0]?.id;
    const body = { uuids: [uuid, uuid] };
    expect((await ask(`${x.url}/2/connections`, { method: "DELETE", body })).body).toMatchObject({
      data: {
        successful_kills: 1,
        failed_kills: 1,
        results: [{ success: true }, { success: false, error_message: "Connection is not active" }],
      },
    });
    await stream.ended;
    const extra = { uuids: [uuid], more: 1 };
    expect((await ask(`${x.url}/2/connections`, { method: "DELETE", body: extra })).status).toBe(400);
  });

  test("kills nothing at an endpoint that X has and the emulator has not", async () => {
    const { x } = await startWithStream();
    await using _ = x;
    const kill = (endpoint: string) => ask(`${x.url}/2/connections/${endpoint}`, { method: "DELETE" });
    expect((await kill("sample_stream")).body).toMatchObject({ data: { successful_kills: 0 } });
    expect((await kill("bogus")).status).toBe(404);
  });
});

describe("a ghost", () => {
  const streamPath = "/2/tweets/search/stream";

  async function startWithGhost() {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    const x = await startXEmulator({ source: { kind: "generated", count: 0 }, clock, ghostMs: 30_000 });
    await addRules(x.url, "cat");
    const stream = await openStream(x.url);
    await stream[Symbol.asyncDispose]();
    while (x.counters().apps[0]?.connections.ghosts !== 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { x, clock };
  }

  test("is a client that left before X noticed: it counts and is listed as active until its time is over", async () => {
    const { x, clock } = await startWithGhost();
    await using _ = x;
    expect(await ask(x.url + streamPath)).toMatchObject({
      status: 429,
      body: { connection_issue: "TooManyConnections" },
    });
    await clock.advance(29_999);
    expect((await ask(x.url + streamPath)).status).toBe(429);
    expect((await ask(`${x.url}/2/connections`)).body).toMatchObject({ meta: { result_count: 1 } });
    await clock.advance(1);
    expect((await ask(`${x.url}/2/connections?status=inactive`)).body).toMatchObject({
      data: [{ disconnect_reason: "ClientDisconnected" }],
    });
    await using stream = await openStream(x.url);
    expect(stream.status).toBe(200);
  });

  test.each(["all", "filtered_stream"])(
    "is laid by DELETE /2/connections/%s, which frees its place",
    async (what) => {
      const { x } = await startWithGhost();
      await using _ = x;
      expect((await ask(`${x.url}/2/connections/${what}`, { method: "DELETE" })).body).toMatchObject({
        data: { successful_kills: 1, failed_kills: 0 },
      });
      await using stream = await openStream(x.url);
      expect(stream.status).toBe(200);
    },
  );

  test("does not come of a stream that X ended", async () => {
    const x = await startXEmulator({ source: { kind: "generated", count: 0 }, ghostMs: 30_000 });
    await using _ = x;
    await addRules(x.url, "cat");
    const stream = await openStream(x.url);
    await ask(`${x.url}/2/connections/all`, { method: "DELETE" });
    await stream.ended;
    await using next = await openStream(x.url);
    expect(next.status).toBe(200);
  });
});

describe("one stream too many, where it replaces the oldest", () => {
  test.each([
    ["pay-per-use", 1],
    ["enterprise", 2],
  ] as const)("ends that one with a notice (%s)", async (tier, places) => {
    await using x = await startXEmulator({
      source: { kind: "generated", count: 0 },
      policy: "replace",
      tier,
    });
    await addRules(x.url, "cat");
    const streams: TestStream[] = [];
    for (let n = 0; n <= places; n++) streams.push(await openStream(x.url));
    const [oldest] = streams;
    expect(await oldest?.ended).toBe(true);
    expect(JSON.parse(oldest?.lines.at(-1) ?? "")).toMatchObject({
      errors: [{ title: "operational-disconnect", disconnect_type: "ForceDisconnect" }],
    });
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    expect(x.counters().connections).toMatchObject({ open: places });
    for (const stream of streams) await stream[Symbol.asyncDispose]();
  });
});
