/**
 * A server in a process of its own, so that a bench does not give client and server one event loop.
 *
 * The program it runs writes its address as its first line on stdout and ends when its stdin does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface ServerProcess extends AsyncDisposable {
  readonly address: string;
  readonly pid: number;
}

const root = join(import.meta.dirname, "..", "..");

/** Runs the program at `path` (from the root of the repository) with node; rejects with its stderr if it ends. */
export async function startServerProcess(path: string, args: readonly string[] = []): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(root, path), ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const exited = once(child, "exit");
  const ended = exited.then(() => {
    throw new Error(`${path} ended before it listened: ${complaint}`);
  });
  ended.catch(() => {});
  const [address] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return {
    address: String(address),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}
