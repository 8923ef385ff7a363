import { describe, expect, test } from "@jest/globals";
import { createLimit } from "./limit.ts";

describe("a limit", () => {
  test("lets so many run at once, in the order they came, and all in the end", async () => {
    const limit = createLimit(3);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        limit(async () => {
          started.push(index);
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          return index;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(started).toEqual(results);
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test("gives the place of work that failed to the next", async () => {
    const limit = createLimit(1);
    const failed = limit(() => Promise.reject(new Error("no")));
    const next = limit(() => Promise.resolve(2));
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe(2);
  });
});
