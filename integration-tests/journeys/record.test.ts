/**
 * X's stream kept in a file, byte for byte, and what the file is good for afterwards.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { eventually } from "../support/eventually.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

let folder = "";
let sample = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-record-"));
  sample = join(folder, "sample.ndjson");
  await writeFile(sample, stored);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fresh = (ending: string) => join(folder, `${++files}.${ending}`);
const posts = Array.from({ length: 12 }, (_, n) =>
  JSON.stringify({
    data: {
      id: `${1_700_000_000_000_000_000n + BigInt(n)}`,
      text: `bird ${n} grüße`,
      created_at: "2026-01-31T12:00:00.000Z",
    },
  }),
);
const stored = Buffer.from(posts.map((post) => `${post}\n`).join(""));
const rule = ["--rule", "all=bird"];
const idOf = (line: string) => (JSON.parse(line) as { data: { id: string } }).data.id;
const linesOf = (bytes: Buffer) => bytes.toString().trimEnd().split("\n");

async function record(xUrl: string, file: string, flags: readonly string[]) {
  return await runBirdwireHere(["record", file, "--x-url", xUrl, ...flags], {
    env: { X_BEARER_TOKEN: "journey" },
  });
}

describe("record", () => {
  test.each([
    ["ndjson", (bytes: Buffer) => bytes],
    ["ndjson.gz", gunzipSync],
    ["ndjson.zst", zstdDecompressSync],
  ] as const)(
    "keeps each line of the stream once in .%s, and other tools read it",
    async (ending, unpack) => {
      await using x = await startXEmulator({
        source: { kind: "replay", file: sample, ratePerSecond: "max" },
      });
      const file = fresh(ending);
      const { code, stderr } = await record(x.url, file, [...rule, "--max-posts", "5"]);
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      expect(readSummary(stderr)).toMatchObject({ recorded: 5 });
      const lines = linesOf(unpack(await readFile(file)));
      const expected = posts.slice(0, 5).map(idOf);
      expect(lines.map(idOf)).toEqual(expected);
      // As X sent it: what a rule matched is part of the line.
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ matching_rules: [{ tag: "birdwire:all" }] });
    },
  );

  test("makes a file that produce --replay and up --x-replay take", async () => {
    await using x = await startXEmulator({ source: { kind: "replay", file: sample, ratePerSecond: "max" } });
    const file = fresh("ndjson.zst");
    expect((await record(x.url, file, [...rule, "--max-posts", "8"])).code).toBe(0);
    await using kafka = await startKafkaEmulator();
    await using registry = await startRegistryEmulator();
    const env = { BIRDWIRE_BROKERS: kafka.bootstrap, BIRDWIRE_REGISTRY_URL: registry.url };
    const produced = await runBirdwireHere(["produce", "--replay", file], { env });
    expect(readSummary(produced.stderr)).toMatchObject({ received: 8, produced: 8, "dead-lettered": 0 });
    const { stdout } = await runBirdwireHere(
      ["consume", "--from-beginning", "--until-end", "--format", "json"],
      { env },
    );
    expect(readJsonLines(stdout).map(({ matching_rules: rules }) => rules)).toEqual(
      Array(8).fill([expect.objectContaining({ tag: "all" })]),
    );
    await using again = await startXEmulator({ source: { kind: "replay", file, ratePerSecond: "max" } });
    const copy = fresh("ndjson");
    expect((await record(again.url, copy, [...rule, "--max-posts", "8"])).code).toBe(0);
    const original = linesOf(zstdDecompressSync(await readFile(file)));
    expect(linesOf(await readFile(copy)).map(idOf)).toEqual(original.map(idOf));
  });

  test("ends with 2 where the file is there already, and asks X for nothing", async () => {
    const file = fresh("ndjson");
    await writeFile(file, "mine");
    const { code, stderr } = await record("http://127.0.0.1:1", file, ["--rule", "a=b"]);
    expect(stderr).toMatch(/is there already.*cat/s);
    expect(code).toBe(2);
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  test("leaves no file behind where X refuses", async () => {
    await using x = await startXEmulator({
      token: "right-one",
      source: { kind: "replay", file: sample },
    });
    const file = fresh("ndjson.gz");
    expect((await record(x.url, file, ["--rule", "a=b"])).code).toBe(5);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("leaves no file behind where it is interrupted before anything came", async () => {
    await using x = await startXEmulator({ source: { kind: "replay", file: sample, ratePerSecond: "max" } });
    const file = fresh("ndjson.gz");
    const interruption = new AbortController();
    const running = runBirdwireHere(["record", file, "--x-url", x.url, "--rule", "none=nothing-says-this"], {
      env: { X_BEARER_TOKEN: "journey" },
      interruption: interruption.signal,
    });
    await eventually(
      async () => {
        await nextTurn();
        return x.counters().connections.opened;
      },
      (opened) => expect(opened).toBe(1),
    );
    interruption.abort();
    const { code, stderr } = await running;
    expect(readSummary(stderr)).toMatchObject({ recorded: 0 });
    expect(code).toBe(0);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("counts what X bills, and ends with 6 when the day's budget is reached, over restarts", async () => {
    await using x = await startXEmulator({ source: { kind: "replay", file: sample, ratePerSecond: "max" } });
    const state = ["--state", join(folder, "spend"), "--budget-margin", "0s"];
    const first = fresh("ndjson");
    // Ten posts at half a cent.
    const { code, stderr } = await record(x.url, first, [...rule, ...state, "--budget", "0.05usd/day"]);
    expect(stderr).toMatch(/the budget of \$0\.05 for .* is reached/);
    expect(code).toBe(6);
    // All that was received, and so is paid for, is in the file.
    const lines = linesOf(await readFile(first));
    expect(lines.length).toBeGreaterThanOrEqual(10);
    expect(readSummary(stderr)).toMatchObject({ recorded: lines.length, "posts read": lines.length });
    const second = fresh("ndjson");
    const again = await record(x.url, second, [...rule, ...state, "--budget", "0.05usd/day"]);
    expect(again.code).toBe(6);
    await expect(stat(second)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("takes its rules from a file", async () => {
    await using x = await startXEmulator({ source: { kind: "replay", file: sample, ratePerSecond: "max" } });
    const rules = fresh("yaml");
    await writeFile(rules, "- tag: all\n  value: bird\n");
    const file = fresh("ndjson");
    const flags = ["--rules", rules, "--max-posts", "3", "--state", join(folder, "rules-state")];
    expect((await record(x.url, file, flags)).stderr).toMatch(/recorded +3/);
    expect((await record(x.url, fresh("ndjson"), [...flags, ...rule])).code).toBe(2);
  });

  test("without a file says what it takes", async () => {
    const { code, stderr } = await runBirdwireHere(["record"]);
    expect(stderr).toMatch(/record takes <file>/);
    expect(code).toBe(2);
  });

  test("without a token says where it comes from", async () => {
    const { code, stderr } = await runBirdwireHere(["record", fresh("ndjson"), "--rule", "a=b"]);
    expect(stderr).toMatch(/X_BEARER_TOKEN/);
    expect(code).toBe(2);
  });
});

describe("a recording whose last member is cut off", () => {
  test.each([
    ["gz", gzipSync],
    ["zst", zstdCompressSync],
  ])("is produced as far as it goes, with a warning, from .%s", async (ending, pack) => {
    await using kafka = await startKafkaEmulator();
    await using registry = await startRegistryEmulator();
    const env = { BIRDWIRE_BROKERS: kafka.bootstrap, BIRDWIRE_REGISTRY_URL: registry.url };
    const file = fresh(`ndjson.${ending}`);
    await writeFile(file, Buffer.concat([pack(stored), pack(stored).subarray(0, 30)]));
    const { code, stderr } = await runBirdwireHere(["produce", "--replay", file], { env });
    expect(stderr).toMatch(/warning: .*ends in the middle/);
    expect(readSummary(stderr)).toMatchObject({ produced: posts.length });
    expect(code).toBe(0);
  });
});
