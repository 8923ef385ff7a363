#!/usr/bin/env node
/**
 * The bin, and the only file that touches `process`. It checks the Node version before it imports anything of
 * ours, so that an old Node gives one line instead of a syntax error.
 */
import module from "node:module";
import process from "node:process";

const needed = { major: 22, minor: 22 };
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < needed.major || (major === needed.major && minor < needed.minor)) {
  process.stderr.write(
    `birdwire needs Node.js ${needed.major}.${needed.minor} or later; this is ${process.versions.node}\n`,
  );
  process.exit(2);
}

module.enableCompileCache?.();
const [{ run }, { createFileOutput, isFile }] = await Promise.all([
  import("./cli/run.ts"),
  import("./cli/file-output.ts"),
]);

const interruption = new AbortController();
let interruptedBy: "SIGINT" | "SIGTERM" | null = null;
let listening = false;

function onSignal(name: "SIGINT" | "SIGTERM"): void {
  // The second one means: now.
  if (interruptedBy !== null) process.exit(exitCodeOf(name));
  interruptedBy = name;
  interruption.abort(new Error(name));
}

function exitCodeOf(name: "SIGINT" | "SIGTERM"): number {
  return name === "SIGINT" ? 130 : 143;
}

const stdout = isFile(1) ? createFileOutput(1) : process.stdout;
// Told to whoever wrote: a run that ends for it has to leave its group first.
stdout.on("error", () => {});
process.stderr.on("error", () => {});

const code = await run({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout,
  isStdoutDirect: true,
  stderr: process.stderr,
  interruption() {
    if (!listening) {
      listening = true;
      process.on("SIGINT", onSignal);
      process.on("SIGTERM", onSignal);
    }
    return interruption.signal;
  },
});
process.exit(interruptedBy === null ? code : code === 0 ? exitCodeOf(interruptedBy) : code);
