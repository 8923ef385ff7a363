import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { openRecording } from "./recording.ts";
import { openReplay } from "./replay.ts";

let folder = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-recording-"));
});
afterAll(() => rm(folder, { recursive: true }));

const fresh = (ending: string) => join(folder, `${++files}.${ending}`);
const line = (id: number) => Buffer.from(JSON.stringify({ data: { id: `${id}`, text: "grüße 👩‍👩‍👧" } }));

async function readLines(file: string): Promise<string[]> {
  await using replay = await openReplay({ file, log: silentLog });
  const lines: string[] = [];
  for await (const batch of replay.read(new AbortController().signal)) {
    lines.push(...batch.map(({ raw }) => raw.toString()));
  }
  return lines;
}

describe.each(["ndjson", "ndjson.gz", "ndjson.zst"])("a recording in %s", (ending) => {
  test("holds every line as it came, in order, whatever it is", async () => {
    const file = fresh(ending);
    const lines = [line(1), Buffer.from('{"data": {"id'), Buffer.from([0x22, 0xff, 0x22]), line(2)];
    const recording = await openRecording({ file, clock: createManualClock(), flushBytes: 100 });
    for (const one of lines) await recording.append([one]);
    await recording.finish();
    expect(await readLines(file)).toEqual(lines.map(String));
    expect((await stat(file)).size).toBe(recording.writtenBytes);
  });

  test("is readable up to what was flushed, when its time had come, though nobody closed it", async () => {
    const file = fresh(ending);
    const clock = createManualClock();
    await using recording = await openRecording({ file, clock });
    await recording.append([line(1), line(2)]);
    await clock.advance(999);
    expect(recording.writtenBytes).toBe(0);
    await clock.advance(1);
    while (recording.writtenBytes === 0) await new Promise((resolve) => setImmediate(resolve));
    await recording.append([line(3)]);
    expect(await readLines(file)).toEqual([line(1), line(2)].map(String));
  });

  test("of nothing is a valid file of nothing", async () => {
    const file = fresh(ending);
    const recording = await openRecording({ file, clock: createManualClock() });
    await recording.finish();
    expect(await readLines(file)).toEqual([]);
    if (ending.endsWith("gz")) expect(gunzipSync(await readFile(file))).toHaveLength(0);
  });

  test("that was given up before anything came leaves no file", async () => {
    const file = fresh(ending);
    await (await openRecording({ file, clock: createManualClock() }))[Symbol.asyncDispose]();
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

test("a file that is there is not touched", async () => {
  const file = fresh("ndjson");
  await writeFile(file, "mine");
  await expect(openRecording({ file, clock: createManualClock() })).rejects.toMatchObject({
    name: "SourceError",
    code: "recording-exists",
    message: expect.stringContaining(file),
  });
  expect(await readFile(file, "utf8")).toBe("mine");
});

test("a folder that is not there is named", async () => {
  const file = join(folder, "none", "a.ndjson");
  await expect(openRecording({ file, clock: createManualClock() })).rejects.toMatchObject({
    code: "unwritable-recording",
    message: expect.stringContaining(file),
  });
});
