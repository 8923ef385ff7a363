import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { createReplayProgress } from "./replay-progress.ts";

describe("the progress of a replay", () => {
  test.each([
    [0, 1000, 0, 10, "received 0, produced 0"],
    [25, 1000, 500, 10, "2.5 % of the file, received 500, produced 500, 50 posts/s, 6 min 30 s left"],
    [500, 1000, 3000, 10, "50 % of the file, received 3000, produced 3000, 300 posts/s, 10 s left"],
    [10, 100_000, 20, 10, "0.0 % of the file, received 20, produced 20, 2 posts/s, 27 h 46 min left"],
    [1000, 1000, 3000, 10, "100 % of the file, received 3000, produced 3000, 300 posts/s"],
    [1200, 1000, 3000, 10, "100 % of the file, received 3000, produced 3000, 300 posts/s"],
    [500, null, 30, 10, "received 30, produced 30, 3 posts/s"],
  ])("after %d of %s bytes", async (readBytes, totalBytes, posts, seconds, line) => {
    const clock = createManualClock();
    const tally = { received: posts, produced: posts };
    const describeNow = createReplayProgress({
      position: { readBytes, skippedBytes: 0, totalBytes },
      tally,
      clock,
    });
    await clock.advance(seconds * 1000);
    expect(describeNow()).toBe(line);
  });

  test("that was resumed counts only what it has read itself", async () => {
    const clock = createManualClock();
    const position = { readBytes: 900, skippedBytes: 800, totalBytes: 1000 };
    const describeNow = createReplayProgress({ position, tally: { received: 10, produced: 10 }, clock });
    await clock.advance(10_000);
    expect(describeNow()).toBe("90 % of the file, received 10, produced 10, 1 posts/s, 10 s left");
  });
});
