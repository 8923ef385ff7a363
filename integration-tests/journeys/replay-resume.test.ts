/**
 * A replay that broke off goes on where the brokers had acknowledged it.
 */
import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { startServersHere } from "../support/emulated-servers.ts";
import { readSummary } from "../support/screen.ts";

let folder = "";
let state = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-resume-"));
});
beforeEach(() => {
  state = join(folder, `state-${++files}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const posts = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    JSON.stringify({ data: { id: `${n + 1}`, text: "t", created_at: "2026-01-31T12:00:00.000Z" } }),
  );

async function save(lines: readonly string[], packed = false): Promise<string> {
  const file = join(folder, `${++files}.ndjson${packed ? ".zst" : ""}`);
  const text = lines.map((line) => `${line}\n`).join("");
  await writeFile(file, packed ? zstdCompressSync(text) : text);
  return file;
}

async function setUp() {
  const servers = await startServersHere();
  const produce = (file: string, ...flags: string[]) =>
    servers.run("produce", "--replay", file, "--state", state, ...flags);
  return Object.assign(servers, { produce });
}

const storedLine = async () => {
  const [name = ""] = await readdir(join(state, "replay"));
  return JSON.parse(await readFile(join(state, "replay", name), "utf8")) as {
    line: number;
    isComplete: boolean;
  };
};

describe("a replay", () => {
  test.each([false, true])("goes on after the last acknowledged line (packed: %s)", async (packed) => {
    await using servers = await setUp();
    const file = await save(["", ...posts(1200)], packed);
    const first = await servers.produce(file, "--max-tweets", "700");
    expect(readSummary(first.stderr)).toMatchObject({ produced: 700 });
    // An empty first line counts.
    expect(await storedLine()).toMatchObject({ line: 701, isComplete: false });

    const second = await servers.produce(file, "--resume");
    expect(second.stderr).toMatch(/resuming .* after line 701/);
    expect(readSummary(second.stderr)).toMatchObject({ received: 500, produced: 500, duplicates: 0 });
    expect((await servers.keysIn()).map(Number).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 1200 }, (_, n) => n + 1),
    );

    const third = await servers.produce(file, "--resume");
    expect(third.stderr).toMatch(/the replay is through: line 1201 was its last/);
    expect(third.code).toBe(0);
    expect(await servers.keysIn()).toHaveLength(1200);
  });

  test("counts dead letters as dealt with", async () => {
    await using servers = await setUp();
    const [one = "", two = "", three = ""] = posts(3);
    const file = await save([one, "{", two, "{", three]);
    await servers.produce(file, "--max-tweets", "2");
    expect(await storedLine()).toMatchObject({ line: 3 });
    const { stderr } = await servers.produce(file, "--resume");
    expect(readSummary(stderr)).toMatchObject({ received: 2, produced: 1, "dead-lettered": 1 });
  });

  test("to another topic has a place of its own", async () => {
    await using servers = await setUp();
    const file = await save(posts(3));
    await servers.produce(file, "--max-tweets", "2");
    const { stderr } = await servers.produce(file, "--resume", "--topic", "other");
    expect(stderr).toMatch(/no earlier replay of .* to other is known here: it starts at its first line/);
    expect(readSummary(stderr)).toMatchObject({ produced: 3 });
  });

  test.each([
    ["grew", (file: string) => appendFile(file, "{}\n"), /has \d+ bytes and no longer \d+/],
    ["was written anew", (file: string) => writeFile(file, "x"), /begins otherwise/],
    ["was touched", (file: string) => utimes(file, 1, 1), /was changed meanwhile/],
  ])("of a file that %s is not resumed, and can start over", async (_what, change, message) => {
    await using servers = await setUp();
    // Longer than what is hashed.
    const file = await save(posts(1000));
    await servers.produce(file, "--max-tweets", "2");
    await change(file);
    const { code, stderr } = await servers.produce(file, "--resume");
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/without --resume it starts over/);
    expect(code).toBe(2);
  });

  test("that went through at once leaves no state behind", async () => {
    await using servers = await setUp();
    expect((await servers.produce(await save(posts(3)))).code).toBe(0);
    await expect(readdir(state)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each([
    [["produce", "--resume", "--rule", "a=b"], /replay/],
    [["produce", "--replay", "/dev/null", "--resume"], /no file that can be read again/],
    [["produce", "--replay", "nowhere.ndjson", "--resume"], /nowhere\.ndjson/],
  ])("%j ends with 2", async (args, message) => {
    const { code, stderr } = await runBirdwireHere(args, {
      env: { X_BEARER_TOKEN: "t", BIRDWIRE_STATE: state },
    });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
