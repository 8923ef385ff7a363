/**
 * Runs a command line in this process: for the many small cases that a process each would make slow.
 */
import { Readable } from "node:stream";
import { run } from "../../src/cli/run.ts";
import type { RunResult } from "./birdwire.ts";
import { repositoryRoot, testState } from "./birdwire.ts";
import type { HereOptions } from "./birdwire-here.ts";

/** As `runBirdwire` does, from the sources. */
export async function runHere(
  args: readonly string[],
  options: HereOptions = {},
): Promise<Pick<RunResult, "code" | "stdout" | "stderr">> {
  let stdout = "";
  let stderr = "";
  const collect = (add: (text: string) => void) => ({
    write(chunk: unknown) {
      add(String(chunk));
      return true;
    },
    once() {
      return this;
    },
    off() {
      return this;
    },
  });
  const code = await run({
    args,
    env: { ...testState, ...options.env },
    cwd: options.cwd ?? repositoryRoot,
    stdin: Readable.from([]),
    stdout: collect((text) => {
      stdout += text;
    }) as never,
    stderr: collect((text) => {
      stderr += text;
    }) as never,
    ...(options.clock !== undefined && { clock: options.clock }),
    interruption: () => options.interruption ?? new AbortController().signal,
  });
  return { code, stdout, stderr };
}
