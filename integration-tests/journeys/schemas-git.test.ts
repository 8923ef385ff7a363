/**
 * `schemas diff` with Git revisions: what a branch changes, in a repository as people have them.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runBirdwireHere } from "../support/birdwire-here.ts";

let root = "";

const record = (name: string, ...fields: readonly object[]) =>
  `${JSON.stringify({ type: "record", name, fields: [{ name: "id", type: "long" }, ...fields] }, null, 2)}\n`;
const note = { name: "note", type: "string", default: "" };
const subjects = (...records: readonly string[]) =>
  JSON.stringify({
    subjects: records.map((name) => ({
      subject: `${name}-value`,
      topic: name,
      record: name,
      compatibility: "FULL",
    })),
  });

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const git = (...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: root,
    stdio: "pipe",
  });
const diff = (...args: readonly string[]) => runBirdwireHere(["schemas", "diff", ...args], { cwd: root });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "birdwire-git-"));
  git("init", "--quiet", "--initial-branch", "main");
  await write({ "README.md": "none yet\n" });
  git("add", ".");
  git("commit", "--quiet", "-m", "nothing");
  await write({
    "schemas/subjects.json": subjects("order", "user", "old"),
    "schemas/order/v1.avsc": record("Order"),
    "schemas/user/v1.avsc": record("User"),
    "schemas/old/v1.avsc": record("Old"),
  });
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  git("tag", "first");
  // The working tree: a version more, an edit, a record gone, a record new.
  await rm(join(root, "schemas/old"), { recursive: true });
  await write({
    "schemas/subjects.json": subjects("order", "user", "new"),
    "schemas/order/v2.avsc": record("Order", note),
    "schemas/user/v1.avsc": record("User", note),
    "schemas/new/v1.avsc": record("New"),
  });
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("a Git revision alone", () => {
  test.each(["main", "first", "HEAD"])("says what changed since %s in every record", async (revision) => {
    const { code, stdout, stderr } = await diff(revision);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^schemas\/order\/v2\.avsc:\d+:\d+: added: the field "note" was added/m);
    expect(stdout).toContain(`order/v2 reads what ${revision}:order/v1 wrote\n`);
    expect(stdout).toMatch(/^schemas\/user\/v1\.avsc:\d+:\d+: added: the field "note"/m);
    expect(stdout).toContain(`schemas/new/v1.avsc:1:1: added: the record is not in ${revision}\n`);
    expect(stdout).toContain(
      `${revision}:schemas/old/v1.avsc:1:1: removed: the record is not in the folder\n`,
    );
  });

  test("prints every format", async () => {
    const json = JSON.parse((await diff("main", "--format", "json")).stdout) as { changed: unknown[] };
    expect(json).toMatchObject({ added: ["schemas/new/v1.avsc"], removed: ["main:schemas/old/v1.avsc"] });
    expect(json.changed).toHaveLength(2);
    expect((await diff("main", "--format", "github")).stdout).toMatch(
      /^::notice file=schemas\/order\/v2\.avsc,line=\d+.*\n::notice file=schemas\/user/m,
    );
    expect((await diff("main", "--format", "markdown")).stdout).toMatch(/### main to the folder\n/);
  });

  test("next to another one compares the two", async () => {
    expect(await diff("main", "first")).toMatchObject({
      code: 0,
      stdout: "nothing changed from main to first\n",
    });
  });
});

describe("a Git revision next to", () => {
  test.each<[string, string, string]>([
    ["a version that it has", "user/v1", "user/v1 reads what main:user/v1 wrote"],
    ["a version that it lacks, its newest", "order/v2", "order/v2 reads what main:order/v1 wrote"],
    ["a record", "order", "order/v2 reads what main:order/v1 wrote"],
    ["a subject", "order-value", "order/v2 reads what main:order/v1 wrote"],
    ["a file of the folder", "schemas/order/v2.avsc", "schemas/order/v2.avsc reads what main:order/v1 wrote"],
  ])("%s", async (_what, newer, said) => {
    const { code, stdout } = await diff("main", newer);
    expect(stdout).toContain(`${said}\n`);
    expect(code).toBe(0);
  });

  test.each<[string, readonly string[], RegExp]>([
    ["a record that it lacks", ["main", "new"], /main has no new\/ in its folder/],
    [
      "a file of a revision",
      ["main", "main:schemas/order/v1.avsc"],
      /no version of the folder: give main:FILE/,
    ],
    ["nothing that there is", ["no-such", "order"], /"no-such" is no schema: give a version/],
    ["a schema alone", ["order/v1"], /what is the newer one/],
    ["a time before the folder", ["main~1"], /main~1 has no schemas in schemas/],
  ])("%s is refused: %j", async (_what, args, message) => {
    const { code, stderr } = await diff(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
