import { execFile } from "node:child_process";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeChange, identifyFile } from "./file-identity.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-identity-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const head = "x".repeat(64 * 1024);
const identify = async (content: string, changedSeconds = 1) => {
  const file = join(folder, "file");
  await writeFile(file, content);
  await utimes(file, changedSeconds, changedSeconds);
  const identity = await identifyFile(file);
  if (identity === null) throw new Error("it is a file");
  return identity;
};

describe("the identity of a file", () => {
  test.each([
    ["the same", `${head}a`, 1, null],
    ["another beginning", `y${head}`, 1, "begins otherwise"],
    ["another size", `${head}ab`, 1, "has 65538 bytes and no longer 65537"],
    ["another time", `${head}b`, 2, "was changed meanwhile"],
  ])("tells %s", async (_what, content, changedSeconds, change) => {
    const before = await identify(`${head}a`);
    expect(describeChange(before, await identify(content, changedSeconds))).toBe(change);
  });

  test("is none for a pipe, which is not opened: whoever writes to it would take that for its reader", async () => {
    const pipe = join(folder, "pipe");
    await promisify(execFile)("mkfifo", [pipe]);
    // Opening it would wait for a writer.
    expect(await identifyFile(pipe)).toBeNull();
  });

  test("is none for a folder, and no file at all is an error", async () => {
    expect(await identifyFile(folder)).toBeNull();
    await expect(identifyFile(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
