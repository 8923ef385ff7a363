import { Readable, Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { run } from "./run.ts";

/** Runs a command whose stdout takes nothing; stderr takes all, or fails in the same way. */
async function runInto(error: Error, args: readonly string[], isStderrGone = false) {
  let said = "";
  const refuse = () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(error) });
    return stream.on("error", () => {});
  };
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      said += String(chunk);
      done();
    },
  });
  const code = await run({
    args,
    env: { BIRDWIRE_LOG_FORMAT: "text" },
    cwd: process.cwd(),
    stdin: Readable.from([]),
    stdout: refuse(),
    stderr: isStderrGone ? refuse() : stderr,
    interruption: () => new AbortController().signal,
  });
  return { code, said };
}

const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE", errno: -32 });
const full = Object.assign(new Error("write ENOSPC"), { code: "ENOSPC", errno: -28 });

describe.each([
  ["--help", ["--help"]],
  ["--version", ["--version"]],
  ["x-scenarios", ["x-scenarios"]],
  ["schemas diff", ["schemas", "diff", "tweet/v1", "tweet/v2"]],
  ["schemas check", ["schemas", "check"]],
])("%s", (_name, args) => {
  test("ends quietly where nobody reads it", async () => {
    expect(await runInto(gone, args)).toEqual({ code: 0, said: "" });
  });

  test("says why it could not be printed", async () => {
    expect(await runInto(full, args)).toEqual({
      code: 1,
      said: "birdwire: cannot write to stdout: no space left on device (ENOSPC)\n",
    });
  });
});

test("a mistake on the line keeps its code where nobody reads stderr", async () => {
  expect((await runInto(gone, ["nonsense"], true)).code).toBe(2);
});
