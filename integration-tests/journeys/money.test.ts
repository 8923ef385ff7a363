/**
 * What X costs, and how a budget holds: over restarts, a kill -9, a lost file and midnight. The emulator's ledger says
 * what X has sent, and so what it would bill.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type KafkaEmulator, startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { type RegistryEmulator, startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { startXEmulator, type XEmulator, type XSource } from "../../src/emulators/x/start.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { type Clock, createSystemClock } from "../../src/kernel/clock.ts";
import { formatMills } from "../../src/telemetry/spend.ts";
import { startBirdwire } from "../support/birdwire.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf, freshName } from "../support/kafka-clients.ts";
import { readSummary } from "../support/screen.ts";

/** Every generated post matches. */
const rule = ["--rule", "all=python OR BTS OR typescript OR kafka OR avro"];
/** Nothing but posts is billed for version 1. */
const plain = ["produce", ...rule, "--schema-version", "1", "--topic"];

let kafka: KafkaEmulator;
let registry: RegistryEmulator;
beforeAll(async () => {
  kafka = await startKafkaEmulator({ port: 0 });
  registry = await startRegistryEmulator({ port: 0 });
});
afterAll(async () => {
  await kafka[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

let state = "";
let topic = "";
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "birdwire-money-"));
  topic = freshName("money");
});
afterEach(() => rm(state, { recursive: true, force: true }));

const startX = (source: Omit<Extract<XSource, { kind: "generated" }>, "kind">, clock?: Clock) =>
  startXEmulator({ source: { kind: "generated", ...source }, ...(clock && { clock }) });
const envFor = (x: XEmulator) => ({
  BIRDWIRE_BROKERS: kafka.bootstrap,
  BIRDWIRE_REGISTRY_URL: registry.url,
  BIRDWIRE_X_URL: x.url,
  BIRDWIRE_STATE: state,
  X_BEARER_TOKEN: "secret-token",
});
const sentBy = (x: XEmulator) => x.counters().ledger.written;

async function idsInTopic(): Promise<string[]> {
  await using reader = await adapterOf(kafka.bootstrap).openReader();
  const ids: string[] = [];
  for await (const { records } of reader.tail(parseTopicName(topic), {
    maxRecords: Number.POSITIVE_INFINITY,
  }))
    ids.push(...records.map(({ key }) => String(key)));
  return ids;
}

async function findFile(): Promise<string> {
  const [app = ""] = await readdir(join(state, "spend"));
  const [day = ""] = await readdir(join(state, "spend", app));
  return join(state, "spend", app, day);
}

describe("a budget", () => {
  test("ends the run in time, with 6 and when there is money again, and lets no other run begin", async () => {
    // The margin is a second of ours, so that a busy machine does not pass it.
    const clock = createSystemClock(3);
    await using x = await startX({ ratePerSecond: 20 }, clock);
    const budget = ["--budget", "0.80usd/day", "--budget-margin", "3s"];
    const first = await runBirdwireHere([...plain, topic, ...budget], { env: envFor(x), clock });
    expect(first.stderr).toMatch(
      /the budget of \$0\.80 for 20\d\d-\d\d-\d\d \(UTC\) is reached: .*the next day begins at 20\d\d-\d\d-\d\dT00:00:00Z, in \d+/,
    );
    expect(first.code).toBe(6);
    const sent = sentBy(x);
    expect(sent).toBeGreaterThan(50);
    expect(sent).toBeLessThanOrEqual(160);
    expect(readSummary(first.stderr)).toMatchObject({ "posts read": sent, produced: sent });
    expect(first.stderr).toMatch(
      new RegExp(`spent today \\(UTC\\) +\\$${(sent * 0.005).toFixed(3).replace(/0$/, "")} of \\$0\\.80`),
    );
    expect(first.stderr).toMatch(/ {2}by all +\$0\.\d/);
    expect((await idsInTopic()).length).toBe(sent);

    const second = await runBirdwireHere([...plain, topic, ...budget], { env: envFor(x), clock });
    expect(second.code).toBe(6);
    expect(x.counters().connections.opened).toBe(1);
    // It needs no server to say so.
    const offline = {
      ...envFor(x),
      BIRDWIRE_BROKERS: "127.0.0.1:1",
      BIRDWIRE_REGISTRY_URL: "http://127.0.0.1:1",
    };
    expect((await runBirdwireHere([...plain, topic, ...budget], { env: offline, clock })).code).toBe(6);

    const more = await runBirdwireHere(
      [...plain, topic, "--budget", "0.85usd/day", "--budget-margin", "3s"],
      {
        env: envFor(x),
        clock,
      },
    );
    expect(more.code).toBe(6);
    expect(sentBy(x)).toBeGreaterThan(sent);
    expect(sentBy(x)).toBeLessThanOrEqual(170);
  });

  test("that is passed since X sends too fast is told of, and all that was paid for is in the topic", async () => {
    await using x = await startX({ ratePerSecond: "max", count: 20_000 });
    const { code, stderr } = await runBirdwireHere([...plain, topic, "--budget", "0.10usd/day"], {
      env: envFor(x),
    });
    expect(code).toBe(6);
    expect(stderr).toMatch(/were spent, \$\d+\.\d+ beyond it/);
    expect(stderr).toMatch(/beyond the budget +\$\d/);
    const { produced = 0, "posts read": read } = readSummary(stderr);
    expect(produced).toBe(read);
    expect(produced).toBeLessThan(10_000);
    expect(new Set(await idsInTopic()).size).toBe(produced);
  });

  test("holds over a kill -9", async () => {
    await using x = await startX({ ratePerSecond: 60 });
    const args = [...plain, topic, "--budget", "1usd/day"];
    {
      await using killed = startBirdwire(args, { env: envFor(x) });
      await killed.waitFor("stderr", /connected to X/);
      while (JSON.parse(await readFile(await findFile(), "utf8")).posts < 40);
      killed.process.kill("SIGKILL");
      await killed.done;
    }
    const before = sentBy(x);
    const { code, stderr } = await runBirdwireHere(args, { env: envFor(x) });
    expect({ code, stderr }).toMatchObject({ code: 6 });
    expect(sentBy(x)).toBeGreaterThan(before);
    expect(sentBy(x)).toBeLessThanOrEqual(200);
    const ids = await idsInTopic();
    expect(new Set(ids).size).toBe(ids.length);
    expect(readSummary(stderr)["posts read"]).toBeLessThan(200);
  });

  test.each(["lost", "damaged"])("is rebuilt from the topic when its file is %s", async (fate) => {
    const clock = createSystemClock(10);
    await using x = await startX({ ratePerSecond: 30 }, clock);
    const env = envFor(x);
    await runBirdwireHere([...plain, topic, "--budget", "0.50usd/day"], { env, clock });
    const sent = sentBy(x);
    if (fate === "lost") await rm(state, { recursive: true });
    else await writeFile(await findFile(), '{"format":1,');
    // What came from elsewhere cost nothing.
    const replay = [
      "produce",
      "--replay",
      "docs/samples/posts.ndjson",
      "--schema-version",
      "1",
      "--topic",
      topic,
    ];
    expect((await runBirdwireHere(replay, { env, clock })).code).toBe(0);
    const budget = ["--budget", `${(sent * 0.005).toFixed(3)}usd/day`, "--dedupe", "0"];
    const again = await runBirdwireHere([...plain, topic, ...budget], { env, clock });
    expect(again.stderr).toContain("there is no file of what was spent today");
    expect(again.code).toBe(6);
    expect(x.counters().connections.opened).toBe(1);
    expect(JSON.parse(await readFile(await findFile(), "utf8"))).toMatchObject({ posts: sent });
  });

  test("begins anew at midnight of UTC", async () => {
    const real = createSystemClock(10);
    const midnight = Date.parse("2026-03-01T00:00:00Z");
    let offsetMs = midnight - 3_600_000 - real.now();
    const clock: Clock = { ...real, now: () => real.now() + offsetMs };
    await using x = await startX({ ratePerSecond: 6 }, real);
    const args = [...plain, topic, "--budget", "0.50usd/day"];
    const running = runBirdwireHere(args, { env: envFor(x), clock });
    // It is midnight once some were read on the day before.
    await eventually(
      async () => {
        await sleep(5);
        return sentBy(x);
      },
      (sent) => expect(sent).toBeGreaterThan(5),
    );
    offsetMs += 3_600_000;
    const { code, stderr } = await running;
    expect({ code, stderr }).toMatchObject({ code: 6 });
    expect(stderr).toContain("for 2026-03-01 (UTC)");
    const folder = join(state, "spend", (await readdir(join(state, "spend")))[0] ?? "");
    const pages = await Promise.all(
      (await readdir(folder)).sort().map(async (name) => ({
        name,
        posts: JSON.parse(await readFile(join(folder, name), "utf8")).posts as number,
      })),
    );
    expect(pages.map(({ name }) => name)).toEqual(["2026-02-28.json", "2026-03-01.json"]);
    expect(pages.reduce((sum, { posts }) => sum + posts, 0)).toBe(sentBy(x));
    expect(pages[1]?.posts).toBeLessThanOrEqual(100);
  });

  test("needs a folder for what it keeps, and a run without a budget does not", async () => {
    await using x = await startX({ ratePerSecond: "max", count: 20 });
    const env = { ...envFor(x), BIRDWIRE_STATE: "README.md/state" };
    const { code, stderr } = await runBirdwireHere([...plain, topic, "--budget", "1usd/day"], { env });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/README\.md\/state.*cannot be written.*--state or BIRDWIRE_STATE/s),
    });
    const without = await runBirdwireHere([...plain, topic, "--max-tweets", "20"], { env });
    expect(without.stderr).toContain("what X costs is not kept for later runs");
    expect(without.code).toBe(0);
    expect(without.stderr).toMatch(/estimated spend +\$0\.10/);
  });

  test.each([
    [["--budget", "5"], /--budget: "5" has no currency/],
    [["--budget", "5usd/week"], /--budget: "5usd\/week" is not for a day/],
    [["--budget-margin", "1"], /--budget-margin "1" is not a duration/],
    [["--expand", "users", "--schema-version", "2"], /--expand users: version 2 has no place for them/],
    [["--expand", "users", "--replay", "x"], /--expand asks X for more/],
    [["--expand", "media"], /media/],
  ])("that is mistyped is refused: %s", async (args, reason) => {
    const env = { X_BEARER_TOKEN: "any" };
    const { code, stderr } = await runBirdwireHere(["produce", ...args], { env });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(reason) });
  });
});

describe("a recording", () => {
  test("is paid for like anything else, and shares the budget of its day", async () => {
    const clock = createSystemClock(10);
    await using x = await startX({ ratePerSecond: 30 }, clock);
    const env = envFor(x);
    const budget = ["--budget", "0.50usd/day"];
    const file = join(state, "posts.ndjson.gz");
    const recorded = await runBirdwireHere(["record", file, ...rule, "--schema-version", "1", ...budget], {
      env,
      clock,
    });
    expect({ code: recorded.code, stderr: recorded.stderr }).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("the budget of $0.50"),
    });
    const { recorded: lines, "posts read": read } = readSummary(recorded.stderr);
    expect(lines).toBe(sentBy(x));
    expect(read).toBe(lines);
    expect(
      gunzipSync(await readFile(file))
        .toString()
        .trim()
        .split("\n"),
    ).toHaveLength(lines ?? 0);
    expect((await runBirdwireHere([...plain, topic, ...budget], { env, clock })).code).toBe(6);
    const again = join(state, "again.ndjson");
    expect((await runBirdwireHere(["record", again, ...rule, ...budget], { env, clock })).code).toBe(6);
    await expect(readFile(again)).rejects.toMatchObject({ code: "ENOENT" });
    expect(x.counters().connections.opened).toBe(1);
  });
});

describe("users", () => {
  test("cost twice as much as posts, and come only when they are asked for", async () => {
    await using x = await startX({ ratePerSecond: "max", count: 60 });
    const produce = ["produce", ...rule, "--max-tweets", "60", "--topic"];
    const withUsers = await runBirdwireHere([...produce, topic, "--expand", "users"], { env: envFor(x) });
    const { "posts read": posts = 0, "users read": users = 0 } = readSummary(withUsers.stderr);
    expect(posts).toBeGreaterThanOrEqual(60);
    expect(users).toBeGreaterThan(10);
    expect(withUsers.stderr).toContain(`estimated spend    ${formatMills(posts * 5 + users * 10)}`);
    expect(withUsers.stderr).toContain(`  for users        ${formatMills(users * 10)}\n`);
    const consume = ["consume", "--from-beginning", "--until-end", "--format", "json", "--topic"];
    const shown = await runBirdwireHere([...consume, topic], { env: envFor(x) });
    expect(shown.stdout).toContain('"author":{"id"');

    await using other = await startX({ ratePerSecond: "max", count: 60 });
    const without = freshName("money");
    const plainRun = await runBirdwireHere([...produce, without], { env: envFor(other) });
    expect(plainRun.stderr).not.toContain("users read");
    expect(readSummary(plainRun.stderr)["posts read"]).toBe(posts);
    const plainShown = await runBirdwireHere([...consume, without], { env: envFor(other) });
    expect(plainShown.stdout).not.toContain('"author":{');
    expect(plainShown.stdout).toContain('"author":null');
  });
});
