/**
 * Drives a client written in Python, so that the cases about it are written here: one process for a suite, which
 * takes calls and gives results as lines of JSON (integration-tests/clients/driver.py).
 *
 * @example
 * await using python = openPythonDriver(use, "registry.py", [url]);
 * const id = await python.call<number>("register", { subject, schema });
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What an operation raised. */
export class PythonError extends Error {
  /** The name of its class. */
  readonly kind: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: string, message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}

export interface PythonDriver extends AsyncDisposable {
  /**
   * Calls may overlap. Rejects with PythonError when the operation raises, and with an Error that has the end of
   * stderr when the process ends before it answers.
   */
  call<Result = unknown>(op: string, args?: Readonly<Record<string, unknown>>): Promise<Result>;
}

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: {
    readonly kind: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

const clientsFolder = fileURLToPath(new URL("../clients", import.meta.url));
const keptStderr = 2000;

/** `script` lies in integration-tests/clients. Disposing kills it. */
export function openPythonDriver(python: string, script: string, args: readonly string[] = []): PythonDriver {
  const child = spawn(python, [join(clientsFolder, script), ...args], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const pending = new Map<number, PendingCall>();
  let lastId = 0;
  let stderr = "";
  let ended: Error | null = null;
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-keptStderr);
  });
  const end = (why: string) => {
    ended ??= new Error(`${script} ${why}\n${stderr}`);
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
  };
  child.once("error", ({ message }) => end(`could not be run: ${message}`));
  const closed = once(child, "close").then(
    ([code, signal]) => end(`ended with ${signal ?? code}`),
    () => {},
  );
  // A process that has ended takes no more calls; they are rejected by `end`.
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as Reply;
    const call = pending.get(id);
    pending.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new PythonError(error.kind, error.message, error.details));
  });
  return {
    call<Result>(op: string, args: Readonly<Record<string, unknown>> = {}) {
      if (ended !== null) return Promise.reject(ended);
      lastId += 1;
      const id = lastId;
      return new Promise<Result>((resolve, reject) => {
        pending.set(id, { resolve: (result) => resolve(result as Result), reject });
        child.stdin.write(`${JSON.stringify({ id, op, args })}\n`);
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
