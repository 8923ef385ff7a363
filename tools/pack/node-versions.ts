/**
 * The Node versions that the packed package is tried on, and where to get them: the one that runs, the machine's, or
 * the package `node` of the npm registry, installed for this alone.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runCommand, runWell } from "./run-step.ts";

export const triedNodes: { readonly supported: readonly string[]; readonly refused: string } = {
  supported: ["22.23.3"],
  refused: "20.20.2",
};

/** A folder with `node` of that version in it. Downloads at most once for each `folder`. */
export function installNode(version: string, folder: string, npmEnv: NodeJS.ProcessEnv): string {
  mkdirSync(folder, { recursive: true });
  // npm runs a package's install script, which is how the package `node` gets its binary, only where it is told to.
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, allowScripts: { node: true } }),
  );
  runWell("npm", ["install", "--no-audit", "--no-fund", `node@${version}`], { cwd: folder, env: npmEnv });
  const bin = join(folder, "node_modules", "node", "bin");
  const found = nodeVersion(join(bin, "node"));
  if (found !== version) throw new Error(`node@${version} was asked for, and ${found} came`);
  return bin;
}

/** The folder of the machine's own `node` when it is of that major version, else null. */
export function findMachineNode(major: number, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (folder.includes("node_modules")) continue;
    const version = nodeVersion(join(folder, "node"));
    if (version !== null) return version.startsWith(`${major}.`) ? folder : null;
  }
  return null;
}

/** The version that a `node` says it is; null when it cannot be run. */
export function nodeVersion(node: string): string | null {
  try {
    const { status, stdout } = runCommand(node, ["--version"], { cwd: dirname(node), timeoutMs: 10_000 });
    return status === 0 ? stdout.trim().replace(/^v/, "") : null;
  } catch {
    return null;
  }
}

/** The environment with `folder` first in PATH, and without what npm and Node were told by their callers. */
export function environmentFor(folder: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(npm_|NODE_|BIRDWIRE_|X_BEARER)/.test(name)) env[name] = value;
  }
  // Nothing of the checkout may help the package: not its commands, and not its Node.
  const rest = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  env.PATH = [folder, ...rest].filter((entry) => entry !== "").join(delimiter);
  return env;
}
