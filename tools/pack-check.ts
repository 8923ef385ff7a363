/**
 * The package as a user gets it: packed, installed into an empty folder with what it depends on and nothing else,
 * and tried there on each Node it supports, and on one it does not.
 *
 *     node tools/pack-check.ts
 *
 * Exit code 0 when all of it holds. Nothing is left behind: neither processes nor temporary folders.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkPackedFiles, consumerSettings, consumerSource } from "./pack/consumer.ts";
import { environmentFor, findMachineNode, installNode, triedNodes } from "./pack/node-versions.ts";
import { readColumn, readCommands } from "./pack/read-output.ts";
import { describe, type Finished, runCommand, runWell, step } from "./pack/run-step.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const demoTweets = 200;

/** Throws an Error that says what does not hold. */
export function checkPackage(folder: string): void {
  const npmEnv = environmentFor("");
  const tarball = step("npm pack", () => pack(folder));
  const app = join(folder, "app");
  step("npm install of the tarball in an empty folder", () => install(app, tarball, npmEnv));
  const bin = join(app, "node_modules", ".bin", "birdwire");

  const nodes = triedNodes.supported.map((version) => ({
    version,
    path: step(`node ${version} from npm`, () =>
      installNode(version, join(folder, `node-${version}`), npmEnv),
    ),
  }));
  nodes.push({ version: process.versions.node, path: dirname(process.execPath) });
  for (const { version, path } of nodes) {
    const run = (args: readonly string[]) => runCommand(bin, args, { cwd: app, env: environmentFor(path) });
    step(`--help of every command on node ${version}`, () => checkHelp(run));
    step(`a demo of ${demoTweets} tweets on node ${version}`, () => checkDemo(run));
  }
  step("a user's file compiles against it", () => checkTypes(app, bin));

  const old = step("an old Node", () => {
    const machine = findMachineNode(Number.parseInt(triedNodes.refused, 10), process.env.PATH ?? "");
    return machine ?? installNode(triedNodes.refused, join(folder, "node-old"), npmEnv);
  });
  step("an old Node is refused in one line", () => {
    checkRefusal(runCommand(bin, ["demo"], { cwd: app, env: environmentFor(old) }));
  });
}

type Run = (args: readonly string[]) => Finished;

function pack(folder: string): string {
  const { stdout } = runWell("npm", ["pack", "--json", "--pack-destination", folder], { cwd: repository });
  // What the build prints comes first.
  const report: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [packed] = Object.values(report as Record<string, { filename: string; files: { path: string }[] }>);
  if (packed === undefined) throw new Error("npm packed nothing");
  const findings = checkPackedFiles(packed.files.map(({ path }) => path));
  if (findings.length > 0) throw new Error(`the package's files: ${findings.join("; ")}`);
  return join(folder, packed.filename);
}

function install(app: string, tarball: string, env: NodeJS.ProcessEnv): void {
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  runWell("npm", ["install", "--omit=dev", "--no-audit", "--no-fund", tarball], { cwd: app, env });
}

/** Asks every command that a help text lists, and those below it, for help. Throws unless each answers. */
export function checkHelp(run: Run, parents: readonly string[] = []): number {
  const line = [...parents, "--help"];
  const finished = run(line);
  if (finished.status !== 0 || finished.stdout.trim() === "" || finished.stderr !== "") {
    throw new Error(describe(`birdwire ${line.join(" ")}`, finished));
  }
  const commands = readCommands(finished.stdout, parents);
  if (parents.length === 0 && commands.length === 0) throw new Error("birdwire --help lists no commands");
  return commands.reduce((sum, command) => sum + checkHelp(run, [...parents, command]), commands.length);
}

/** Throws unless the demo ends well and shows as many rows as it was asked for, with different ids. */
export function checkDemo(run: Run): void {
  const args = ["demo", "--max-tweets", String(demoTweets)];
  const finished = run(args);
  const ids = readColumn(finished.stdout, "id");
  const distinct = new Set(ids).size;
  if (finished.status === 0 && ids.length === demoTweets && distinct === demoTweets) return;
  throw new Error(
    `${ids.length} rows, ${distinct} distinct ids: ${describe(`birdwire ${args.join(" ")}`, finished)}`,
  );
}

/** Throws unless the command said in one line on stderr which Node it needs, and ended with 2. */
export function checkRefusal(finished: Finished): void {
  const { status, stdout, stderr } = finished;
  const oneLine = /^[^\n]*Node[^\n]*\d+\.\d+[^\n]*\n$/.test(stderr);
  if (status !== 2 || stdout !== "" || !oneLine)
    throw new Error(describe("birdwire on an old Node", finished));
}

function checkTypes(app: string, bin: string): void {
  const env = environmentFor(dirname(process.execPath));
  cpSync(join(app, "node_modules", "birdwire", "schemas"), join(app, "schemas"), { recursive: true });
  runWell(bin, ["codegen", "--schemas", "schemas", "--out", "generated"], { cwd: app, env });
  runWell(bin, ["codegen", "--schemas", "schemas", "--out", "generated", "--check"], { cwd: app, env });
  const nodeTypes = join("node_modules", "@types", "node");
  if (!existsSync(join(app, nodeTypes))) {
    mkdirSync(dirname(join(app, nodeTypes)), { recursive: true });
    symlinkSync(join(repository, nodeTypes), join(app, nodeTypes));
  }
  writeFileSync(join(app, "consumer.ts"), consumerSource);
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify(consumerSettings));
  const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
  runWell(process.execPath, [compiler, "-p", "tsconfig.json"], { cwd: app, env });
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "birdwire-pack-"));
  try {
    checkPackage(folder);
    const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
      version: string;
    };
    process.stdout.write(`birdwire ${version} holds as a package\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
