/**
 * One command line of the bin, run in this process: for suites of many short commands, of which each would spend most
 * of its time on starting. Where BIRDWIRE_BIN names a built bin, it is that one, as a process of its own.
 */
import { Readable, Writable } from "node:stream";
import { run } from "../../src/cli/run.ts";
import { type RunOptions, type RunResult, repositoryRoot, runBirdwire } from "./birdwire.ts";

export async function runBirdwireHere(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if (process.env.BIRDWIRE_BIN !== undefined) return await runBirdwire(args, options);
  const written = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof written) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        written[name] += text;
        done();
      },
    });
  const code = await run({
    args,
    env: { ...options.env },
    cwd: options.cwd ?? repositoryRoot,
    stdin: Readable.from([]),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    interruption: () => new AbortController().signal,
  });
  return { code, signal: null, ...written };
}
