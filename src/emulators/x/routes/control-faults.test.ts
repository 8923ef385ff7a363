import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { addRules, ask, openStream } from "../testing/client.ts";
import { idOf, startScenario } from "../testing/play-scenario.ts";
import { anyPost, start, streamPath } from "../testing/setup.ts";

const play = (controlUrl: string, scenario: unknown) =>
  ask(`${controlUrl}/faults`, { method: "POST", body: { scenario } });
const faultsOf = async (controlUrl: string) =>
  (await ask(`${controlUrl}/faults`)).body as {
    struck: number;
    waiting: number;
    faults: Record<string, unknown>[];
  };

describe("the faults of the control port", () => {
  test("tell where each struck: connection, post and byte", async () => {
    await using x = await startScenario("clean-end@after=3");
    expect(await faultsOf(x.controlUrl)).toMatchObject({ planned: 1, struck: 0, waiting: 1, faults: [] });
    await using stream = await openStream(x.url);
    await stream.ended;
    const posts = stream.lines.filter((line) => line !== "");
    const bytes = Buffer.byteLength(posts.map((line) => `${line}\r\n`).join(""));
    expect(await faultsOf(x.controlUrl)).toMatchObject({
      struck: 1,
      waiting: 0,
      faults: [{ scenario: "clean-end", connection: 1, message: 3, byte: bytes, at: expect.any(Number) }],
    });
    expect(x.counters().faults).toEqual({ planned: 1, struck: 1, waiting: 0 });
  });

  test("strike the stream that is open, at once", async () => {
    await using x = await start({ count: 50 });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url);
    await stream.until(50);
    expect((await play(x.controlUrl, "rst")).status).toBe(202);
    expect(await stream.ended).toBe(false);
    expect((await faultsOf(x.controlUrl)).faults).toMatchObject([
      { scenario: "rst", connection: 1, message: 50 },
    ]);
  });

  test("strike the next connect when no stream is open, and the ones after it in turn", async () => {
    await using x = await start();
    await addRules(x.url, anyPost);
    await play(x.controlUrl, "503@times=1,429-usage-cap");
    expect((await ask(x.url + streamPath)).status).toBe(503);
    await using stream = await openStream(x.url);
    // The usage cap needs an end of the stream first, and has it at once.
    expect(await stream.ended).toBe(true);
    expect((await ask(x.url + streamPath)).status).toBe(429);
    await using last = await openStream(x.url);
    expect(last.status).toBe(200);
  });

  test("strike a stream that was struck already and goes on", async () => {
    await using x = await start({ count: 30, scenarios: "broken-json@after=4" });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url);
    await stream.until(31);
    expect(stream.lines.findIndex((line) => idOf(line) === null)).toBe(4);
    await play(x.controlUrl, "unknown-message");
    expect((await stream.until(32)).at(-1)).toContain("announcement");
  });

  test("strike after a time of the emulator's clock", async () => {
    const clock = createManualClock();
    await using x = await start({ clock });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url);
    await play(x.controlUrl, "half-open@ms=60000");
    await clock.advance(59_999);
    expect(x.faults.struck).toEqual([]);
    const heartbeats = stream.lines.length;
    expect(heartbeats).toBeGreaterThanOrEqual(2);
    await clock.advance(1);
    expect(x.faults.struck).toMatchObject([{ scenario: "half-open", message: 0, byte: 0, at: 60_000 }]);
    await clock.advance(120_000);
    expect(stream.lines.length).toBeLessThanOrEqual(heartbeats + 1);
    expect(x.counters().connections.open).toBe(1);
  });

  test.each([
    [{ scenario: "rts" }, "did you mean rst?"],
    [{ scenario: "rst@times=2" }, "takes no @times"],
    [{}, "the body is"],
    ["not json", "Invalid JSON"],
  ])("are refused with 400 that says why: %j", async (body, why) => {
    await using x = await start();
    const answer = await ask(`${x.controlUrl}/faults`, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(why);
  });
});

describe("an emulator with a fault under way", () => {
  test.each([
    "port-closed@after=2",
    "half-open@after=2",
    "heartbeats-only@after=2",
    "ghost@after=2",
    "slow-headers@connect=1",
    "no-headers@connect=1",
    "endless-error-body@connect=1",
  ])("closes at once (%s)", async (scenarios) => {
    const x = await start({ count: 50, scenarios, clock: createManualClock() });
    await addRules(x.url, anyPost);
    const opening = openStream(x.url).catch(() => null);
    while (x.faults.struck.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await x[Symbol.asyncDispose]();
    await (await opening)?.[Symbol.asyncDispose]();
  });
});
