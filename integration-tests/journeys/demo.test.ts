/**
 * What a newcomer sees first: one command, tweets on the screen, a summary, a clean end.
 */
import { describe, expect, test } from "@jest/globals";
import { readDelivered, runBirdwire, startBirdwire } from "../support/birdwire.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { createGoneReader } from "../support/gone-reader.ts";
import { readSummary, readTableIds } from "../support/screen.ts";

describe("the demo", () => {
  test("shows as many different tweets as asked for, and its summary agrees with the ledger", async () => {
    await using demo = startBirdwire(["demo", "--max-tweets", "120", "--x-rate", "max", "--linger", "30s"]);
    const [, ledger = ""] = await demo.waitFor("stderr", /ledger (http\S+)\/ledger/);
    await demo.waitFor("stderr", /stay up for 30s/);
    const delivered = await readDelivered(ledger);
    demo.process.kill("SIGTERM");
    const { code, stdout, stderr } = await demo.done;

    const ids = readTableIds(stdout);
    expect(new Set(ids).size).toBe(120);
    expect([...ids].sort()).toEqual([...delivered].sort());
    expect(readSummary(stderr)).toMatchObject({
      received: 120,
      matched: 120,
      produced: 120,
      printed: 120,
      duplicates: 0,
      "dead-lettered": 0,
    });
    expect(code).toBe(143);
  });

  test("ends by itself with exit code 0, and writes nothing but tables to stdout", async () => {
    const { code, stdout, stderr } = await runBirdwire(["demo", "--max-tweets", "45", "--x-rate", "max"]);
    expect(stderr).not.toMatch(/Warning|Error|error/);
    expect(code).toBe(0);
    expect(readTableIds(stdout)).toHaveLength(45);
    expect(stdout.split("\n").filter((line) => !/^([-+|]|Batch: \d+$|$)/.test(line))).toEqual([]);
  });

  test("on Ctrl-C shows what was produced, prints the summary and ends with 130", async () => {
    await using demo = startBirdwire(["demo", "--x-rate", "200"]);
    await demo.waitFor("stdout", /Batch: 1/);
    demo.process.kill("SIGINT");
    const { code, stdout, stderr } = await demo.done;
    const summary = readSummary(stderr);
    expect(summary.printed).toBe(summary.produced);
    expect(summary.produced).toBe(summary.received);
    expect(new Set(readTableIds(stdout)).size).toBe(summary.produced);
    expect(code).toBe(130);
  });

  test("ends quietly when nobody reads it any more", async () => {
    const { stdout, taken } = createGoneReader({ writes: 1 });
    const { code, stderr } = await runBirdwireHere(["demo", "--x-rate", "200"], { stdout });
    expect(code).toBe(0);
    expect(Number(readSummary(stderr).printed)).toBe(readTableIds(taken()).length);
    expect(stderr).not.toMatch(/EPIPE|rror|warning|not shown/);
  });
});
