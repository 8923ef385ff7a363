/**
 * Steps that are announced with their duration, and commands that cannot outlive them.
 */
import { spawnSync } from "node:child_process";

export interface Finished {
  /** Exit code; null when a signal ended it (a timeout does). */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default two minutes. */
  readonly timeoutMs?: number;
}

/** Runs a command to its end and gives back what it wrote, whatever its exit code. Throws when it cannot start. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Finished {
  const { cwd, env = process.env, timeoutMs = 120_000 } = options;
  const run = spawnSync(command, [...args], {
    cwd,
    env: { ...env },
    encoding: "utf8",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (run.error !== undefined && run.status === null && run.signal === null) throw run.error;
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** As runCommand, but throws an Error with what the command wrote unless it ends with 0. */
export function runWell(command: string, args: readonly string[], options: CommandOptions): Finished {
  const finished = runCommand(command, args, options);
  if (finished.status !== 0) throw new Error(describe(`${command} ${args.join(" ")}`, finished));
  return finished;
}

/** A sentence with what a command wrote, shortened to its end. */
export function describe(what: string, { status, stdout, stderr }: Finished): string {
  const ended =
    status === null ? "was ended by a signal (it may have taken too long)" : `ended with ${status}`;
  const tail = (text: string) => text.trimEnd().split("\n").slice(-30).join("\n");
  return `${what} ${ended}\nstdout: ${tail(stdout)}\nstderr: ${tail(stderr)}`;
}

/** Does a step and says on stdout how long it took, or that it failed. Throws what the step throws. */
export function step<Result>(name: string, work: () => Result): Result {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    const result = work();
    process.stdout.write(`ok    ${name} (${seconds()})\n`);
    return result;
  } catch (error) {
    process.stdout.write(`FAIL  ${name} (${seconds()})\n`);
    throw error;
  }
}
