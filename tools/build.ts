/**
 * What the published package is made of: `src/` and `codegen/` as JavaScript and declarations in `dist/`.
 *
 *     node tools/build.ts
 */
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const hashbang = "#!/usr/bin/env node\n";

/**
 * Empties `dist/`, compiles as tsconfig.build.json says, and makes the bin executable.
 * Throws an Error when the compiler finds something or the bin would not start as a command.
 */
export function build(root: string): void {
  const dist = join(root, "dist");
  rmSync(dist, { recursive: true, force: true });
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const run = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
    cwd: root,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`the compiler refused:\n${run.stdout}${run.stderr}`);
  const bin = join(dist, "src", "main.js");
  if (!readFileSync(bin, "utf8").startsWith(hashbang))
    throw new Error(`${bin} lacks its first line, ${hashbang}`);
  chmodSync(bin, 0o755);
}

function main(): void {
  try {
    build(fileURLToPath(new URL("..", import.meta.url)));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
