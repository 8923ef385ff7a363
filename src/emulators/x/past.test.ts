import { describe, expect, test } from "@jest/globals";
import { createManualClock, type ManualClock } from "../../kernel/clock.ts";
import type { XEmulator } from "./start.ts";
import { addRules, ask, openStream } from "./testing/client.ts";
import { ledgerOf, start, streamPath } from "./testing/setup.ts";

const startMs = Date.UTC(2026, 0, 1, 12);
const time = (ms: number) => `${new Date(startMs + ms).toISOString().slice(0, 19)}Z`;

async function startEnterprise() {
  const clock = createManualClock(startMs);
  const x = await start({ clock, tier: "enterprise" });
  await addRules(x.url, "word");
  return { clock, x };
}

async function post(x: XEmulator, ...texts: readonly string[]) {
  const body = JSON.stringify(texts.map((text) => ({ text: `word ${text}` })));
  const response = await fetch(`${x.controlUrl}/posts`, { method: "POST", body });
  if (response.status !== 201) throw new Error(await response.text());
}

/** One post a minute, from minute 0 to `minutes` - 1. */
async function postEachMinute(x: XEmulator, clock: ManualClock, minutes: number) {
  for (let minute = 0; minute < minutes; minute++) {
    await post(x, `m${minute}`);
    await clock.advance(60_000);
  }
}

const textsOf = (lines: readonly string[]) =>
  lines.filter((line) => line !== "").map((line) => String(JSON.parse(line).data.text).slice(5));

describe("backfill", () => {
  test("brings the last minutes first, then what is posted now, with no gap between", async () => {
    const { x, clock } = await startEnterprise();
    await using _ = x;
    await postEachMinute(x, clock, 8);
    await using stream = await openStream(x.url, "?backfill_minutes=3");
    await post(x, "now");
    expect(textsOf(await stream.until(4))).toEqual(["m5", "m6", "m7", "now"]);
  });

  test("repeats what the client has had, and is read only once for that", async () => {
    const { x, clock } = await startEnterprise();
    await using _ = x;
    {
      await using stream = await openStream(x.url);
      await post(x, "a", "b");
      await stream.until(2);
    }
    await clock.advance(60_000);
    await post(x, "c");
    await using again = await openStream(x.url, "?backfill_minutes=2");
    expect(textsOf(await again.until(3))).toEqual(["a", "b", "c"]);
    expect(x.counters().apps[0]?.usage.posts).toBe(3);
    const missed = (await ledgerOf(x.controlUrl)).filter(({ dropped }) => dropped === "not-connected");
    expect(missed).toHaveLength(1);
  });

  test("holds posts against the rules of when they were posted", async () => {
    const { x } = await startEnterprise();
    await using _ = x;
    await post(x, "before");
    await addRules(x.url, "other");
    await ask(`${x.url}${streamPath}/rules`, { method: "POST", body: { delete: { values: ["word"] } } });
    await using stream = await openStream(x.url, "?backfill_minutes=5");
    expect(textsOf(await stream.until(1))).toEqual(["before"]);
  });

  test("of many posts loses none to a reader that is slow, and none that come meanwhile", async () => {
    const clock = createManualClock(startMs);
    const limits = { maxQueuedBytes: 10_000_000 };
    await using x = await start({
      clock,
      limits,
      tier: "enterprise",
      source: { kind: "generated", count: 0, ratePerSecond: 10 },
    });
    await addRules(x.url, "word");
    const long = "é".repeat(1000);
    await post(x, ...Array.from({ length: 3000 }, (_, n) => `${n} ${long}`));
    await using stream = await openStream(x.url, "?backfill_minutes=5");
    stream.pause();
    for (let n = 3000; n < 3020; n++) await post(x, `${n} ${long}`);
    stream.resume();
    const texts = textsOf(await stream.until(3020));
    expect(texts.map((text) => Number(text.split(" ")[0]))).toEqual(
      Array.from({ length: 3020 }, (_, n) => n),
    );
  });
});

describe("a fault that ends a stream in the middle of its backfill", () => {
  test.each(["clean-end", "rst", "partial-line"])("leaves the emulator answering: %s", async (scenario) => {
    const clock = createManualClock(startMs);
    await using x = await start({
      clock,
      tier: "enterprise",
      source: { kind: "generated", count: 1, ratePerSecond: 1, goesOn: true },
      scenarios: `${scenario}@after=2`,
    });
    await addRules(x.url, "word");
    await post(x, "a", "b", "c", "d");
    const cut = await openStream(x.url, "?backfill_minutes=5");
    expect(await cut.ended).toBe(scenario !== "rst");
    expect(textsOf(cut.lines)).toEqual(["a", "b"]);
    await using again = await openStream(x.url, "?backfill_minutes=5");
    expect(textsOf(await again.until(4))).toEqual(["a", "b", "c", "d"]);
    expect(x.faults.struck).toMatchObject([{ scenario, connection: 1, message: 2 }]);
    expect((await ask(`${x.controlUrl}/faults`)).body).toMatchObject({ struck: 1 });
  });
});

describe("recovery", () => {
  test("brings a stretch of the past and ends; it takes no stream's place, and two may run", async () => {
    const { x, clock } = await startEnterprise();
    await using _ = x;
    await postEachMinute(x, clock, 60);
    const query = `?start_time=${time(10 * 60_000)}&end_time=${time(13 * 60_000)}`;
    await using _first = await openStream(x.url);
    await using _second = await openStream(x.url);
    const recovery = await openStream(x.url, query);
    expect(await recovery.ended).toBe(true);
    expect(textsOf(recovery.lines)).toEqual(["m10", "m11", "m12"]);
    expect((await ask(`${x.url}/2/connections?status=inactive`)).body).toMatchObject({
      data: [{ disconnect_reason: "RecoveryCompleted" }],
    });
  });

  test("is refused while two others run", async () => {
    const { x, clock } = await startEnterprise();
    await using _ = x;
    const long = "é".repeat(40_000);
    await post(x, ...Array.from({ length: 200 }, () => long));
    await clock.advance(60_000);
    const query = `?start_time=${time(0)}&end_time=${time(60_000)}`;
    const running = [await openStream(x.url, query), await openStream(x.url, query)];
    for (const stream of running) stream.pause();
    expect(await ask(x.url + streamPath + query)).toMatchObject({
      status: 429,
      body: { connection_issue: "TooManyConnections" },
    });
    for (const stream of running) stream.resume();
    expect(await Promise.all(running.map(({ ended }) => ended))).toEqual([true, true]);
    expect(running.map(({ lines }) => lines.length)).toEqual([200, 200]);
  });

  test.each([
    [`?start_time=${time(0)}`, "end_time"],
    [`?end_time=${time(0)}`, "start_time"],
    [`?start_time=${time(0)}&end_time=${time(0)}`, "before"],
    [`?start_time=${time(0)}&end_time=${time(60_001_000)}`, "future"],
    [`?start_time=${time(-86_400_000)}&end_time=${time(0)}`, "24 hours"],
    [`?start_time=yesterday&end_time=${time(0)}`, "YYYY-MM-DDTHH:mm:ssZ"],
    [`?start_time=2026-13-01T00:00:00Z&end_time=${time(0)}`, "YYYY-MM-DDTHH:mm:ssZ"],
    [`?start_time=${time(0)}&end_time=${time(60_000)}&backfill_minutes=1`, "backfill_minutes"],
    ["?backfill_minutes=6", "between 0 and 5"],
  ])("is refused with %s", async (query, hint) => {
    const { x, clock } = await startEnterprise();
    await using _ = x;
    await clock.advance(60_000);
    const answer = await ask(x.url + streamPath + query);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(hint);
  });
});

describe("a source that goes on", () => {
  const live = { kind: "generated", ratePerSecond: 10, goesOn: true } as const;

  test("plays while nobody listens; what was missed is in the ledger, and backfill brings it", async () => {
    const clock = createManualClock(startMs);
    await using x = await start({ clock, tier: "enterprise", source: live });
    await addRules(x.url, "python OR BTS OR typescript OR kafka");
    const pass = async (seconds: number) => {
      for (let tick = 0; tick < seconds * 10; tick++) await clock.advance(100);
    };
    await pass(2);
    expect(x.counters().posts.played).toBe(0);
    {
      await using stream = await openStream(x.url);
      await pass(2);
      await stream.until(10);
    }
    while (x.counters().connections.open > 0) await new Promise((resolve) => setImmediate(resolve));
    await pass(5);
    const { posts, ledger } = x.counters();
    expect(posts.played).toBeGreaterThan(60);
    expect(ledger.dropped).toBeGreaterThan(40);
    await using again = await openStream(x.url, "?backfill_minutes=1");
    const lines = await again.until(posts.played);
    expect(new Set(lines.map((line) => JSON.parse(line).data.id)).size).toBe(posts.played);
  });

  test("has a rate, since at max it would play to nobody at once", async () => {
    await expect(start({ source: { ...live, ratePerSecond: "max" } })).rejects.toMatchObject({
      code: "invalid-option",
    });
  });
});
