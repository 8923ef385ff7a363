import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { startXEmulator } from "./start.ts";
import { addRules, ask, openStream } from "./testing/client.ts";
import { anyPost, largePosts, rulesPath, start, streamPath, untilStill } from "./testing/setup.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-x-start-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a token", () => {
  test.each<[string, string | undefined, Record<string, string>, number]>([
    ["none", undefined, {}, 401],
    ["an empty one", undefined, { authorization: "Bearer " }, 401],
    ["another scheme", undefined, { authorization: "Basic abc" }, 401],
    ["any", undefined, { authorization: "bearer x" }, 200],
    ["a wrong one", "right", { authorization: "Bearer wrong" }, 401],
    ["the right one", "right", { authorization: "Bearer right" }, 200],
    ["user context", undefined, { authorization: "OAuth oauth_token=x" }, 403],
  ])("%s (the emulator wants %s) is answered as X does", async (_title, token, headers, status) => {
    await using x = await start(token === undefined ? {} : { token });
    const answer = await ask(x.url + rulesPath, { token: null, headers });
    expect(answer.status).toBe(status);
    if (status === 401) {
      expect(answer.body).toEqual({
        title: "Unauthorized",
        type: "about:blank",
        status: 401,
        detail: "Unauthorized",
      });
    }
    if (status === 403) {
      expect(answer.body).toMatchObject({ type: expect.stringMatching(/\/unsupported-authentication$/) });
    }
  });

  test("is asked for before a path is known, and an unknown path is 404", async () => {
    await using x = await start();
    expect((await ask(`${x.url}/2/nothing`)).status).toBe(404);
    expect((await ask(x.url + rulesPath, { method: "PUT" })).status).toBe(404);
  });
});

describe("connecting", () => {
  test("without rules is refused with 409", async () => {
    await using x = await start();
    const answer = await ask(x.url + streamPath);
    expect(answer).toMatchObject({
      status: 409,
      body: { title: "ConnectionException", connection_issue: "RuleConfigurationIssue" },
    });
  });

  test.each([
    ["?tweet.fields=created_at,bogus", "tweet.fields"],
    ["?tweet.fields=", "tweet.fields"],
    ["?tweet.fields=id,id", "tweet.fields"],
    ["?expansions=author", "expansions"],
    ["?user.fields=x", "user.fields"],
    ["?bogus=1", "bogus"],
    ["?backfill_minutes=2", "backfill_minutes"],
    ["?backfill_minutes=9", "backfill_minutes"],
    ["?start_time=2026-01-01T00:00:00Z", "start_time"],
  ])("with %s is refused with 400 that names the parameter", async (query, name) => {
    await using x = await start();
    await addRules(x.url, anyPost);
    expect(await ask(x.url + streamPath + query)).toMatchObject({
      status: 400,
      body: {
        title: "Invalid Request",
        type: expect.stringMatching(/\/invalid-request$/),
        errors: expect.arrayContaining([
          { message: expect.stringContaining(name), parameters: { [name]: expect.any(Array) } },
        ]),
      },
    });
  });

  test("a second time is refused with 429 while the first one is open, with budget left", async () => {
    await using x = await start();
    await addRules(x.url, anyPost);
    const first = await openStream(x.url);
    expect(await ask(x.url + streamPath)).toMatchObject({
      status: 429,
      body: { title: "ConnectionException", connection_issue: "TooManyConnections" },
      headers: { "x-rate-limit-limit": "50", "x-rate-limit-remaining": "48" },
    });
    await first[Symbol.asyncDispose]();
  });

  test("more often than X allows is refused with 429 until the window is over", async () => {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    await using x = await start({ clock, limits: { connectsPerWindow: 2 } });
    const connect = () => ask(x.url + streamPath);
    expect((await connect()).status).toBe(409);
    expect((await connect()).headers["x-rate-limit-remaining"]).toBe("0");
    expect(await connect()).toMatchObject({
      status: 429,
      body: { title: "Too Many Requests" },
      headers: {
        date: "Thu, 01 Jan 2026 00:00:00 GMT",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": String(Date.UTC(2026, 0, 1, 0, 15) / 1000),
      },
    });
    await clock.advance(15 * 60_000);
    expect((await connect()).status).toBe(409);
  });

  test("to a taken port is an error that names the port, and leaves nothing open", async () => {
    await using x = await start();
    const port = Number(new URL(x.url).port);
    await expect(start({ port })).rejects.toMatchObject({
      code: "port-in-use",
      message: expect.stringContaining(`${port}`),
    });
    await expect(start({ controlPort: port })).rejects.toMatchObject({ code: "port-in-use" });
  });

  test.each([
    [{ kind: "generated", ratePerSecond: 0 }],
    [{ kind: "generated", ratePerSecond: Number.NaN }],
    [{ kind: "generated", count: -1 }],
    [{ kind: "replay", file: "x", loop: 0.5 }],
  ] as const)("a source of %j is refused", async (source) => {
    await expect(startXEmulator({ source })).rejects.toMatchObject({ code: "invalid-option" });
  });
});

describe("closing", () => {
  test("ends open streams cleanly, and what they got is delivered", async () => {
    const x = await start({ count: 50, settleMs: 3_600_000 });
    await addRules(x.url, anyPost);
    const stream = await openStream(x.url);
    await stream.until(50);
    await x[Symbol.asyncDispose]();
    expect(await stream.ended).toBe(true);
    expect(x.counters().ledger).toMatchObject({ settled: 50, pending: 0 });
  });

  test("does not wait for a reader that does not read, nor for idle or half-sent requests", async () => {
    const x = await start({ source: await largePosts(folder, 1000) });
    await addRules(x.url, "word");
    const stream = await openStream(x.url);
    stream.pause();
    await untilStill(x);
    const half = connect(Number(new URL(x.url).port), "127.0.0.1");
    const gone = new Promise((resolve) => half.once("close", resolve));
    half.on("error", () => {});
    half.write("GET /2/tweets HTTP/1.1\r\nhost: a\r\n");
    await x[Symbol.asyncDispose]();
    await gone;
    await stream[Symbol.asyncDispose]();
  });
});

test("a change of the rules reaches open streams after its delay, and the rules endpoint at once", async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  await using x = await start({ clock, ruleDelayMs: 20_000 });
  await addRules(x.url, "word");
  await using stream = await openStream(x.url);
  const post = (text: string) =>
    fetch(`${x.controlUrl}/posts`, { method: "POST", body: JSON.stringify({ text }) });
  await post("word early");
  await clock.advance(20_000);
  await post("word late");
  const lines = (await stream.until(2)).filter((line) => line !== "");
  expect(lines.map((line) => JSON.parse(line).data.text)).toEqual(["word late"]);
});

test("counters are the same over HTTP and in process", async () => {
  await using x = await start();
  const counters = await fetch(`${x.controlUrl}/counters`);
  expect(await counters.json()).toEqual(x.counters());
});
