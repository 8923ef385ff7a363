/**
 * X's stream kept in a file, byte for byte, and what the file is good for afterwards.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
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
