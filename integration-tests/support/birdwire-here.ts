/**
 * One command line of the bin, run in this process: for suites of many short commands, of which each would spend most
 * of its time on starting. Where BIRDWIRE_BIN names a built bin, it is that one, as a process of its own.
 */
import { Readable, Writable } from "node:stream";
import { run } from "../../src/cli/run.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import {
  type RunningEmulators,
  type RunOptions,
  type RunResult,
  readUpAddresses,
  repositoryRoot,
  runBirdwire,
  startEmulators,
  testEnvironment,
  upArguments,
} from "./birdwire.ts";

export interface HereOptions extends RunOptions {
  /** Default: real time. */
  readonly clock?: Clock;
  /** What a signal to the process would be. */
  readonly interruption?: AbortSignal;
  /** Default: nothing. */
  readonly stdin?: Readable;
  /** Default: takes all. What it takes is none of the result's then. */
  readonly stdout?: Writable;
}

/** With a clock, an interruption or a stream of the caller's it is always this process that runs it: no other could have them. */
export async function runBirdwireHere(
  args: readonly string[],
  options: HereOptions = {},
): Promise<RunResult> {
  const { clock, interruption, stdin, stdout } = options;
  const isOurs = [clock, interruption, stdin, stdout].some((given) => given !== undefined);
  if (process.env.BIRDWIRE_BIN !== undefined && !isOurs) return await runBirdwire(args, options);
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
    env: { ...testEnvironment, ...options.env },
    cwd: options.cwd ?? repositoryRoot,
    stdin: stdin ?? Readable.from([]),
    stdout: stdout ?? sink("stdout"),
    stderr: sink("stderr"),
    ...(clock !== undefined && { clock }),
    interruption: () => interruption ?? new AbortController().signal,
  });
  return { code, signal: null, ...written };
}

/** `birdwire up` on free ports, ready, in this process; disposing ends it as a signal would. */
export async function startEmulatorsHere(
  args: readonly string[] = [],
  { clock }: Pick<HereOptions, "clock"> = {},
): Promise<Omit<RunningEmulators, "process">> {
  if (process.env.BIRDWIRE_BIN !== undefined && clock === undefined) return await startEmulators(args);
  const stop = new AbortController();
  const written = { stdout: "", stderr: "" };
  let tellReady: (printed: string) => void = () => {};
  const ready = new Promise<string>((resolve) => {
    tellReady = resolve;
  });
  const sink = (name: keyof typeof written) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        written[name] += text;
        if (name === "stdout" && text.endsWith("\n")) tellReady(written.stdout);
        done();
      },
    });
  const ended = run({
    args: [...upArguments, ...args],
    env: testEnvironment,
    cwd: repositoryRoot,
    stdin: Readable.from([]),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    ...(clock !== undefined && { clock }),
    interruption: () => stop.signal,
  });
  const early = ended.then((code) => {
    throw new Error(`up ended with ${code}: ${written.stderr}`);
  });
  early.catch(() => {});
  return {
    ...readUpAddresses(await Promise.race([ready, early])),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("SIGTERM"));
      await ended;
    },
  };
}
