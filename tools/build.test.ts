import { spawnSync } from "node:child_process";
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
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { build } from "./build.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** A small repository with this one's compiler settings. */
function createTree(files: Readonly<Record<string, string>>): Disposable & { readonly root: string } {
  const root = mkdtempSync(join(tmpdir(), "birdwire-build-"));
  for (const name of ["tsconfig.json", "tsconfig.build.json"])
    cpSync(join(repository, name), join(root, name));
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  for (const [path, text] of Object.entries({ "package.json": '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

const bin = `#!/usr/bin/env node
import type { Greeting } from "./greet.ts";
class Held implements AsyncDisposable {
  async [Symbol.asyncDispose]() {
    console.log("released");
  }
}
await using held = new Held();
const { greet } = await import("./greet.ts");
const greeting: Greeting = greet(held instanceof Held);
console.log(greeting.text);
`;
const greet = `export interface Greeting { readonly text: string }
export const greet = (ok: boolean): Greeting => ({ text: ok ? "hello" : "no" });
export type Same = import("./greet.ts").Greeting;
`;

test("what is built runs as a command, imports by emitted names, disposes, and leaves out tests and old files", () => {
  using tree = createTree({
    "src/main.ts": bin,
    "src/greet.ts": greet,
    "src/greet.test.ts": "export {};",
    "src/testing/fake.ts": "export {};",
    "codegen/compile.ts": "export {};",
    "dist/stale.js": "",
  });
  build(tree.root);
  const run = spawnSync(join(tree.root, "dist/src/main.js"), {
    encoding: "utf8",
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  expect([run.stdout, run.status]).toEqual(["hello\nreleased\n", 0]);
  expect(readFileSync(join(tree.root, "dist/src/main.js"), "utf8")).toContain('import("./greet.js")');
  const built = [
    "src/greet.d.ts",
    "codegen/compile.js",
    "stale.js",
    "src/greet.test.js",
    "src/testing/fake.js",
  ];
  expect(built.map((path) => existsSync(join(tree.root, "dist", path)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("a type error stops the build, and nothing half built is left", () => {
  using tree = createTree({
    "src/main.ts": `${bin}export const wrong: number = "text";\n`,
    "src/greet.ts": greet,
  });
  expect(() => build(tree.root)).toThrow(/src\/main\.ts.*TS2322/);
  expect(existsSync(join(tree.root, "dist"))).toBe(false);
});

test("a bin without its first line stops the build", () => {
  using tree = createTree({ "src/main.ts": "export {};\n" });
  expect(() => build(tree.root)).toThrow("lacks its first line");
});
