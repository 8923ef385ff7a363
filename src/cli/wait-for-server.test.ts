import { expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { RegistryError } from "../registry/error.ts";
import { silentLog } from "../telemetry/log.ts";
import { waitForServer } from "./wait-for-server.ts";

const away = () => new RegistryError("registry-unreachable", "the registry cannot be reached");

function setUp(limitMs: number) {
  const clock = createManualClock();
  const abort = new AbortController();
  const warnings: (readonly [number, string])[] = [];
  const waiting: (string | null)[] = [];
  const options = {
    clock,
    limitMs,
    signal: abort.signal,
    log: { ...silentLog, warn: (message: string) => warnings.push([clock.now(), message]) },
    onWaiting: (reason: string | null) => void waiting.push(reason),
  };
  return { clock, abort, warnings, waiting, options };
}

test("what answers is asked once", async () => {
  const { options, warnings, waiting } = setUp(10_000);
  expect(await waitForServer(async () => 7, options)).toEqual({ kind: "done", value: 7 });
  expect([warnings, waiting]).toEqual([[], []]);
});

test("what does not is asked again after longer and longer, and each time it is said", async () => {
  const { clock, options, warnings, waiting } = setUp(60_000);
  let asked = 0;
  const waited = waitForServer(async () => {
    if (++asked < 5) throw away();
    return asked;
  }, options);
  await clock.advance(60_000);
  expect(await waited).toEqual({ kind: "done", value: 5 });
  expect(warnings.map(([atMs]) => atMs)).toEqual([0, 500, 1500, 3500]);
  expect(waiting.at(0)).toMatch(/registry/);
  expect(waiting.at(-1)).toBeNull();
});

test("the last failure is thrown when the time is over, after a last try just then", async () => {
  const { clock, options, warnings } = setUp(2000);
  const waited = waitForServer(() => Promise.reject(away()), options);
  const outcome = expect(waited).rejects.toMatchObject({ code: "registry-unreachable" });
  await clock.advance(2000);
  await outcome;
  expect(warnings.map(([atMs]) => atMs)).toEqual([0, 500, 1500]);
});

test.each([
  ["a refusal", new RegistryError("registry-unauthorized", "401"), 60_000],
  ["a defect", new TypeError("x is not a function"), 60_000],
  ["anything without a time to wait", away(), 0],
])("%s is thrown at once", async (_what, error, limitMs) => {
  const { options, warnings } = setUp(limitMs);
  await expect(waitForServer(() => Promise.reject(error), options)).rejects.toBe(error);
  expect(warnings).toEqual([]);
});

test.each(["while it waits", "while it asks"])("a signal ends it %s", async (when) => {
  const { abort, options } = setUp(60_000);
  const waited = waitForServer(
    () => (when === "while it asks" ? new Promise<never>(() => {}) : Promise.reject(away())),
    options,
  );
  await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  expect(await waited).toEqual({ kind: "stopped" });
});
