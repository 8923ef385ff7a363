import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { openTextSink, tell, tellReader, writeAll } from "./host.ts";

describe("bytes for stdout", () => {
  test.each([
    { isStdoutDirect: true, told: true },
    { isStdoutDirect: false, told: false },
    { isStdoutDirect: undefined, told: false },
  ])(
    "are free after they were written only where it is direct: $isStdoutDirect",
    async ({ isStdoutDirect, told }) => {
      const stdout = new PassThrough();
      const sink = openTextSink({ stdout, ...(isStdoutDirect !== undefined && { isStdoutDirect }) });
      let isFree = false;
      await sink.writeBytes?.(Buffer.from("text"), () => {
        isFree = true;
      });
      stdout.end();
      expect((await stdout.toArray()).join("")).toBe("text");
      expect(isFree).toBe(told);
    },
  );

  test("are not free where they could not be written", async () => {
    const { stdout, fail } = openHeldOutput();
    const sink = openTextSink({ stdout, isStdoutDirect: true });
    let isFree = false;
    const writing = sink.writeBytes?.(Buffer.from("text"), () => {
      isFree = true;
    });
    fail(systemError("EPIPE"));
    await expect(writing).rejects.toThrow();
    expect(isFree).toBe(false);
  });
});

describe("a write", () => {
  test("ends when the system has the text, not when it waits in this process, however short it is", async () => {
    const { stdout, pass } = openHeldOutput();
    let isWritten = false;
    const writing = writeAll(stdout, "short").then(() => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    pass();
    await writing;
  });

  test.each([
    ["EPIPE", "output-gone", "the reader of stdout has gone (EPIPE)"],
    ["ECONNRESET", "output-gone", "the reader of stdout has gone (ECONNRESET)"],
    ["ENOSPC", "output-failed", "cannot write to stdout: no space left on device (ENOSPC)"],
    ["EIO", "output-failed", "cannot write to stdout: i/o error (EIO)"],
  ])("that ends with %s is refused as %s", async (name, code, message) => {
    const { stdout, fail } = openHeldOutput();
    const writing = writeAll(stdout, "text");
    const behind = writeAll(stdout, "more");
    fail(systemError(name));
    await expect(writing).rejects.toMatchObject({ code, message });
    await expect(behind).rejects.toMatchObject({ code, message });
    await expect(writeAll(stdout, "later")).rejects.toMatchObject({ code, message });
  });

  test("that a closed stream holds back is refused, too", async () => {
    const { stdout } = openHeldOutput();
    const writing = writeAll(stdout, "text");
    const behind = writeAll(stdout, "more");
    stdout.destroy();
    for (const refused of [writing, behind, writeAll(stdout, "later")]) {
      await expect(refused).rejects.toMatchObject({ code: "output-gone" });
    }
  });

  test("about work that goes on does not mind a reader that has gone, but a disk that is full", async () => {
    for (const [name, outcome] of [
      ["EPIPE", "done"],
      ["ENOSPC", "output-failed"],
    ] as const) {
      const { stdout, fail } = openHeldOutput();
      const telling = tellReader(stdout, "text").then(
        () => "done",
        (error: { readonly code: string }) => error.code,
      );
      fail(systemError(name));
      expect(await telling).toBe(outcome);
    }
  });

  test("that stderr does not take is no failure: there is no other place to tell it", async () => {
    const { stdout: stderr, fail } = openHeldOutput();
    const telling = tell(stderr, "text");
    fail(systemError("EPIPE"));
    await telling;
    await tell(stderr, "later");
  });
});

/** Takes nothing until it is told to, once. */
function openHeldOutput() {
  let end: (error?: Error) => void = () => {};
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      end = done;
    },
  });
  // As the process does: whoever wrote is told.
  stdout.on("error", () => {});
  return { stdout, pass: () => end(), fail: (error: Error) => end(error) };
}

function systemError(code: string): Error {
  const errno = { EPIPE: -32, ECONNRESET: -104, ENOSPC: -28, EIO: -5 }[code];
  return Object.assign(new Error(`write ${code}`), { code, errno, syscall: "write" });
}
