import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { loadRequestQueue } from "./kafkajs-request-queue.ts";

const run = promisify(execFile);
const guardPath = new URL("./kafkajs-request-queue.ts", import.meta.url).href;

/** A process in which a request queue does what it does at each reply; resolves to what it wrote on stderr. */
async function stderrOfReply(guarded: boolean): Promise<string> {
  const script = `
    import { guardRequestQueue, loadRequestQueue } from ${JSON.stringify(guardPath)};
    if (${guarded}) { guardRequestQueue(); guardRequestQueue(); }
    const RequestQueue = loadRequestQueue();
    const queue = new RequestQueue({ logger: {}, requestTimeout: 1000 });
    queue.checkPendingRequests();
    setImmediate(() => queue.destroy());
  `;
  const { stderr } = await run(process.execPath, ["--input-type=module", "-e", script]);
  return stderr;
}

describe("the guard of kafkajs's request queue", () => {
  test("covers the method as it stands in the pinned version of kafkajs", () => {
    const source = loadRequestQueue().prototype.scheduleCheckPendingRequests.toString();
    // When this fails, read the method again: the guard may be needless by then, or wrong.
    expect(createHash("sha256").update(source).digest("hex")).toBe(
      "04347ea969c6f2e3754427c0cbaee0bd4ce947fbd82f7b6e027506a06dfc581a",
    );
  });

  test("is needed: without it, a reply arms a timer with a negative delay", async () => {
    expect(await stderrOfReply(false)).toContain("TimeoutNegativeWarning");
  });

  test("leaves nothing on stderr", async () => {
    expect(await stderrOfReply(true)).toBe("");
  });
});

describe("a guarded request queue", () => {
  test("still wakes up for requests that wait, and for the end of a throttling", async () => {
    const script = `
      import { guardRequestQueue, loadRequestQueue } from ${JSON.stringify(guardPath)};
      guardRequestQueue();
      const RequestQueue = loadRequestQueue();
      const delays = [];
      globalThis.setTimeout = (_callback, delay) => { delays.push(Math.sign(delay)); return {}; };
      const queue = new RequestQueue({ logger: { debug() {} }, requestTimeout: 1000, maxInFlightRequests: 1 });
      queue.checkPendingRequests();
      queue.pending.push({});
      queue.inflight.set(1, {});
      queue.checkPendingRequests();
      queue.throttleCheckTimeoutId = null;
      queue.pending.length = 0;
      queue.maybeThrottle(5000);
      queue.checkPendingRequests();
      console.log(JSON.stringify(delays));
    `;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(JSON.parse(stdout)).toEqual([1, 1]);
  });
});
