import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import type { Finding } from "./finding.ts";
import { type Check, exitCodeOfFindings, runChecks } from "./run-checks.ts";

function start(checks: readonly Check[]) {
  const clock = createManualClock();
  const abort = new AbortController();
  const findings = runChecks(checks, {
    clock,
    limitMs: 1000,
    signal: abort.signal,
    lateExitCode: 4,
    explain: (error) => ({ message: String(error), exitCode: 5, remedy: "do something" }),
  });
  return { clock, abort, findings };
}

const silent = (name: string): Check => ({ name, run: () => new Promise<void>(() => {}) });

test("findings come in the order of the checks, whichever was done first", async () => {
  let release = () => {};
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { findings } = start([
    {
      name: "slow",
      async run({ ok }) {
        await waiting;
        ok("slow", "done");
      },
    },
    {
      name: "quick",
      async run({ warn }) {
        warn("quick", "well", "remedy");
        release();
      },
    },
  ]);
  expect(await findings).toEqual([
    { check: "slow", status: "ok", message: "done" },
    { check: "quick", status: "warn", message: "well", remedy: "remedy" },
  ]);
});

test("one that fails or hangs takes nothing from the others, and what it had found is kept", async () => {
  let aborted = false;
  const { clock, findings } = start([
    {
      name: "hangs",
      async run({ ok }, signal) {
        ok("hangs a", "there");
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        await new Promise<void>(() => {});
      },
    },
    { name: "fails", run: () => Promise.reject(new Error("refused")) },
    { name: "works", run: async ({ ok }) => ok("works", "yes") },
  ]);
  await clock.advance(999);
  expect(aborted).toBe(false);
  await clock.advance(1);
  expect(await findings).toEqual([
    { check: "hangs a", status: "ok", message: "there" },
    { check: "hangs", status: "fail", message: "no answer within 1 s", exitCode: 4 },
    { check: "fails", status: "fail", message: "Error: refused", exitCode: 5, remedy: "do something" },
    { check: "works", status: "ok", message: "yes" },
  ]);
  expect(aborted).toBe(true);
});

test("a check that goes on after its time adds nothing", async () => {
  let report: () => void = () => {};
  const { clock, findings } = start([
    {
      name: "late",
      async run({ ok }) {
        report = () => ok("late", "after all");
        await new Promise<void>(() => {});
      },
    },
  ]);
  await clock.advance(1000);
  const found = await findings;
  report();
  expect(found).toHaveLength(1);
});

test("a signal ends all of them at once", async () => {
  const { abort, findings } = start([silent("a"), silent("b")]);
  abort.abort();
  expect((await findings).map(({ message }) => message)).toEqual(["given up", "given up"]);
});

describe("the exit code", () => {
  const finding = (status: Finding["status"], exitCode?: number): Finding => ({
    check: "x",
    status,
    message: "",
    exitCode,
  });
  test.each([
    [0, []],
    [0, [finding("ok"), finding("warn")]],
    [4, [finding("fail", 4), finding("ok"), finding("fail", 2)]],
    [5, [finding("fail", 2), finding("fail", 5)]],
    [1, [finding("fail")]],
  ])("is %i", (code, findings) => {
    expect(exitCodeOfFindings(findings)).toBe(code);
  });
});
