import { expect, test } from "@jest/globals";
import { watchSink } from "./watch-sink.ts";

const gone = new Error("gone");

test("what a sink takes is passed on, as text or as bytes, and nothing is told", async () => {
  const taken: string[] = [];
  const watched = watchSink(
    {
      write: async (text) => void taken.push(text),
      async writeBytes(bytes, onDone) {
        taken.push(bytes.toString());
        onDone();
      },
    },
    () => taken.push("failed"),
  );
  let isFree = false;
  await watched.sink.write("text");
  await watched.sink.writeBytes?.(Buffer.from("bytes"), () => {
    isFree = true;
  });
  expect({ taken, isFree, failure: watched.failure }).toEqual({
    taken: ["text", "bytes"],
    isFree: true,
    failure: undefined,
  });
});

test("a sink of texts alone stays one", () => {
  expect(watchSink({ write: async () => {} }, () => {}).sink.writeBytes).toBeUndefined();
});

test("the first failure is told once, and every later write is refused with it unseen by the sink", async () => {
  let writes = 0;
  let told = 0;
  const watched = watchSink(
    {
      write: () => (++writes === 1 ? Promise.reject(gone) : Promise.resolve()),
      writeBytes: async () => void writes++,
    },
    () => told++,
  );
  await expect(watched.sink.write("one")).rejects.toBe(gone);
  await expect(watched.sink.write("two")).rejects.toBe(gone);
  await expect(watched.sink.writeBytes?.(Buffer.from("three"), () => {})).rejects.toBe(gone);
  expect({ writes, told, failure: watched.failure }).toEqual({
    writes: 1,
    told: 1,
    failure: { error: gone },
  });
});

test("work is awaited until it ends, or until a write fails", async () => {
  const watched = watchSink({ write: () => Promise.reject(gone) }, () => {});
  await watched.untilFailed(Promise.resolve());
  const error = new Error("the work's own");
  await expect(watched.untilFailed(Promise.reject(error))).rejects.toBe(error);
  const never = watched.untilFailed(new Promise<void>(() => {}));
  await watched.sink.write("text").catch(() => {});
  await never;
  // What fails behind it is of no interest any more.
  await watched.untilFailed(Promise.reject(error));
});
