import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** `path rule` for each finding of the project's Biome settings. */
function lint(files: Readonly<Record<string, string>>): string[] {
  const root = mkdtempSync(join(tmpdir(), "birdwire-lint-"));
  try {
    cpSync(join(repository, "biome.json"), join(root, "biome.json"));
    symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const biome = join(repository, "node_modules", "@biomejs", "biome", "bin", "biome");
    const run = spawnSync(
      process.execPath,
      [
        biome,
        "lint",
        "--reporter=json",
        "--vcs-use-ignore-file=false",
        "--max-diagnostics=none",
        "src",
        "codegen",
      ],
      { cwd: root, encoding: "utf8" },
    );
    const { diagnostics } = JSON.parse(run.stdout) as {
      diagnostics: { category: string; location: { path: string } }[];
    };
    return diagnostics
      .map(({ category, location }) => `${location.path} ${category.split("/").at(-1)}`)
      .sort();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("the process and the console are touched by main and by tests alone, and only index gathers exports", () => {
  const touches = "export const a = process.env.A;\nconsole.log(a);\n";
  const gathers = 'export { a } from "./x/open.ts";\n';
  const files = {
    "codegen/compile.ts": touches,
    "src/index.ts": gathers,
    "src/main.ts": touches,
    "src/x/gather.ts": gathers,
    "src/x/open.test.ts": touches,
    "src/x/open.ts": touches,
    "src/x/parameter.ts": "export const double = (process: number) => process * 2;\n",
    "src/x/testing/fake.ts": touches,
  };
  expect(lint(files)).toEqual([
    "codegen/compile.ts noRestrictedGlobals",
    "codegen/compile.ts noRestrictedGlobals",
    "src/x/gather.ts noBarrelFile",
    "src/x/open.ts noRestrictedGlobals",
    "src/x/open.ts noRestrictedGlobals",
  ]);
});
