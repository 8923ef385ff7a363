import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStateFolder, replaceFile } from "./state-folder.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "birdwire-state-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("the state folder", () => {
  test("is made with all folders on the way, for the user alone", async () => {
    const path = join(root, "a/b");
    const folder = await openStateFolder(path);
    await folder.write("spend/app/day.json", "{}");
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(join(path, "spend/app"))).toBe(0o700);
    expect(await modeOf(join(path, "spend/app/day.json"))).toBe(0o600);
  });

  test("gives back what was written last, and null for what never was", async () => {
    const folder = await openStateFolder(root);
    expect(await folder.read("a")).toBeNull();
    await folder.write("a", "first");
    await folder.write("a", "second");
    expect(await folder.read("a")).toBe("second");
    await folder.remove("a");
    await folder.remove("a");
    expect(await folder.read("a")).toBeNull();
  });

  test("lists files and nothing else", async () => {
    const folder = await openStateFolder(root);
    expect(await folder.list("spend")).toEqual([]);
    await folder.write("spend/b", "");
    await folder.write("spend/a", "");
    await folder.write("spend/c/d", "");
    expect(await folder.list("spend")).toEqual(["a", "b"]);
  });

  test("leaves nothing but the file behind", async () => {
    const folder = await openStateFolder(root);
    await Promise.all(Array.from({ length: 20 }, (_, index) => folder.write("a", `${index}`.repeat(10_000))));
    expect(await readdir(root)).toEqual(["a"]);
    expect(await readFile(join(root, "a"), "utf8")).toMatch(/^(\d\d?)\1{9999}$/);
  });

  test("says that it cannot be written, and where it is", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    await expect(openStateFolder(join(file, "state"))).rejects.toMatchObject({
      name: "StateError",
      code: "unwritable-state",
      message: expect.stringContaining(join(file, "state")),
    });
  });

  (process.platform === "linux" ? test : test.skip)(
    "is given up on where the file system makes no folder and does not say why",
    async () => {
      await expect(openStateFolder("/proc/birdwire/state")).rejects.toMatchObject({
        code: "unwritable-state",
      });
    },
  );

  test("may be made by several at once", async () => {
    const path = join(root, "a/b/c");
    const folders = await Promise.all(Array.from({ length: 8 }, () => openStateFolder(path)));
    await Promise.all(folders.map((folder, index) => folder.write(`x/${index}`, "")));
    expect(await folders[0]?.list("x")).toHaveLength(8);
  });

  test("says that a file cannot be read or replaced", async () => {
    const folder = await openStateFolder(root);
    await mkdir(join(root, "folder/below"), { recursive: true });
    await expect(folder.read("folder")).rejects.toMatchObject({ code: "unreadable-state" });
    await expect(folder.write("folder", "")).rejects.toMatchObject({ code: "unwritable-state" });
    expect(await readdir(root)).toEqual(["folder"]);
  });
});

describe("replacing a file", () => {
  test("that cannot be done leaves it as it was", async () => {
    const file = join(root, "a");
    await replaceFile(file, "kept");
    await expect(replaceFile(join(root, "none/a"), "new")).rejects.toMatchObject({ code: "ENOENT" });
    await chmod(file, 0o400);
    await replaceFile(file, "read-only files are replaced, too");
    expect(await readFile(file, "utf8")).toBe("read-only files are replaced, too");
  });
});
