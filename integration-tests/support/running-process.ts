/**
 * A process of another program's: what it prints, how it ends, and when it has said what a test waits for.
 */
import { type ChildProcess, spawn } from "node:child_process";

export interface ProcessResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  /** Default: the caller's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** All of its stdin; `open` leaves it open for `process.stdin`. Default: it has none. */
  readonly input?: { readonly kind: "text"; readonly text: string } | { readonly kind: "open" };
}

export interface RunningProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Resolves with what `match` finds once it is in the output; rejects when the process ends without it. */
  waitFor(stream: "stdout" | "stderr", match: RegExp): Promise<RegExpExecArray>;
  /** The same for whatever `find` makes of the output, as soon as that is not null. */
  waitUntil<T>(stream: "stdout" | "stderr", find: (text: string) => T | null): Promise<T>;
  /** What it has printed so far. */
  output(stream: "stdout" | "stderr"): string;
  readonly done: Promise<ProcessResult>;
}

/** Starts it; its output is UTF-8. Disposing kills it. */
export function startProcess(
  command: string,
  args: readonly string[],
  { env, cwd, input }: ProcessOptions = {},
): RunningProcess {
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    stdio: ["pipe", "pipe", "pipe"],
  });
  // One that ends before it has read its input is judged by its output.
  child.stdin.on("error", () => {});
  if (input?.kind !== "open") child.stdin.end(input?.text ?? "");
  const text = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  const done = new Promise<ProcessResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...text }));
  });
  const waitUntil = <T>(stream: "stdout" | "stderr", find: (text: string) => T | null, what = "it said so") =>
    new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = find(text[stream]);
        if (found === null) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      const ended = ({ code }: ProcessResult) =>
        reject(
          new Error(
            `${command} ${args.join(" ")} ended with ${code} before ${what}:\n${text.stdout.slice(-2000)}\n${text.stderr}`,
          ),
        );
      done.then(ended, reject);
    });
  return {
    process: child,
    done,
    output: (stream) => text[stream],
    waitUntil,
    waitFor: (stream, match) => waitUntil(stream, (all) => match.exec(all), String(match)),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await done;
    },
  };
}

/** Runs it to its end. Rejects, with what it printed, when that takes longer than `timeoutMs`. */
export async function runProcess(
  command: string,
  args: readonly string[],
  { timeoutMs, ...options }: ProcessOptions & { readonly timeoutMs: number },
): Promise<ProcessResult> {
  await using running = startProcess(command, args, options);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const printed = `${running.output("stdout").slice(-2000)}\n${running.output("stderr").slice(-2000)}`;
      reject(new Error(`${command} ${args.join(" ")} had not ended after ${timeoutMs} ms:\n${printed}`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([running.done, late]);
  } finally {
    clearTimeout(timer);
  }
}
