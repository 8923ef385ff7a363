import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import type { PostSource, SourcedPost } from "../source/port.ts";
import { createRecordTally } from "../telemetry/tally.ts";
import { type RecordOptions, record } from "./record.ts";

const post = (text: string, kind: SourcedPost["kind"] = "post"): SourcedPost => {
  const origin = { kind: "x", connection: 1, receivedAtMs: 0 } as const;
  const raw = Buffer.from(text);
  return kind === "post" ? { kind, origin, raw, payload: {} } : { kind, origin, raw, message: "broken" };
};

/** Gives the batches, then stays silent until it is told to end. */
function sourceOf(batches: readonly (readonly SourcedPost[])[], endsByItself = false): PostSource {
  return {
    async *read(signal) {
      for (const batch of batches) {
        if (signal.aborted) return;
        yield batch;
      }
      if (endsByItself || signal.aborted) return;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    async [Symbol.asyncDispose]() {},
  };
}

function setUp(source: PostSource, options: Partial<RecordOptions> = {}) {
  const kept: string[] = [];
  const clock = createManualClock();
  const tally = createRecordTally();
  const keeper = {
    async append(lines: readonly Buffer[]) {
      kept.push(...lines.map(String));
    },
  };
  const running = record(
    { source, keeper, clock, tally },
    { signal: new AbortController().signal, ...options },
  );
  return { kept, clock, tally, running };
}

describe("recording", () => {
  test("keeps every line, broken ones too, and counts them", async () => {
    const { kept, tally, running } = setUp(
      sourceOf([[post("one"), post("{", "malformed")], [post("two")]], true),
    );
    expect(await running).toBe("source-ended");
    expect(kept).toEqual(["one", "{", "two"]);
    expect(tally).toEqual({ received: 3, recorded: 3, malformed: 1, beyondLimit: 0, bytes: 10, spend: null });
  });

  test("ends at its limit, in the middle of a batch too", async () => {
    const { kept, tally, running } = setUp(sourceOf([[post("one"), post("two"), post("three")]]), {
      maxPosts: 2,
    });
    expect(await running).toBe("limit");
    expect(kept).toEqual(["one", "two"]);
    expect(tally).toMatchObject({ received: 3, recorded: 2, beyondLimit: 1 });
  });

  test("ends when nothing comes", async () => {
    const { clock, running } = setUp(sourceOf([[post("one")]]), { untilIdleMs: 3000 });
    await clock.advance(0);
    await clock.advance(3000);
    expect(await running).toBe("idle");
  });

  test("ends by the signal", async () => {
    const stop = new AbortController();
    const { kept, clock, running } = setUp(sourceOf([[post("one")]]), { signal: stop.signal });
    await clock.advance(0);
    stop.abort();
    expect(await running).toBe("signal");
    expect(kept).toEqual(["one"]);
  });

  test("fails with what keeps the lines", async () => {
    const source = sourceOf([[post("one")]]);
    const keeper = { append: () => Promise.reject(new RangeError("the disk is full")) };
    const ports = { source, keeper, clock: createManualClock(), tally: createRecordTally() };
    await expect(record(ports, { signal: new AbortController().signal })).rejects.toThrow("the disk is full");
  });
});
