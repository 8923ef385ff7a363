import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createFileOutput, isFile, type WriteSync } from "./file-output.ts";
import { writeAll } from "./host.ts";

test("writes go into the file as they are, one after the other", async () => {
  const folder = await mkdtemp(join(tmpdir(), "birdwire-output-"));
  const path = join(folder, "out");
  const fd = openSync(path, "w");
  try {
    const output = createFileOutput(fd);
    await Promise.all([
      writeAll(output, "one, "),
      writeAll(output, Buffer.from("二, ")),
      writeAll(output, ""),
    ]);
    await writeAll(output, "three");
    expect(readFileSync(path, "utf8")).toBe("one, 二, three");
    expect(isFile(fd)).toBe(true);
  } finally {
    closeSync(fd);
    await rm(folder, { recursive: true, force: true });
  }
});

test("what the file takes in pieces is written to its end", async () => {
  const { write, taken } = takeAtMost(3, 100);
  await writeAll(createFileOutput(7, write), "abcdefgh");
  expect(taken).toEqual(["abc", "def", "gh"]);
});

test("a text of which the file takes only a part is not written", async () => {
  const { write, taken } = takeAtMost(3, 5);
  const output = createFileOutput(7, write);
  output.on("error", () => {});
  await expect(writeAll(output, "abcdefgh")).rejects.toMatchObject({
    code: "output-failed",
    message: "cannot write to stdout: no space left on device (ENOSPC)",
  });
  expect(taken).toEqual(["abc", "de"]);
  await expect(writeAll(output, "later")).rejects.toMatchObject({ code: "output-failed" });
  expect(taken).toEqual(["abc", "de"]);
});

test("a device is no file, nor is what cannot be asked", () => {
  const fd = openSync("/dev/null", "w");
  expect(isFile(fd)).toBe(false);
  closeSync(fd);
  expect(isFile(-1)).toBe(false);
});

/** A file that takes so many bytes at once, and in all. */
function takeAtMost(atOnce: number, inAll: number): { write: WriteSync; taken: string[] } {
  const taken: string[] = [];
  let left = inAll;
  return {
    taken,
    write(_fd, bytes, from) {
      if (left === 0) throw Object.assign(new Error("ENOSPC: write"), { code: "ENOSPC", errno: -28 });
      const part = bytes.subarray(from, from + Math.min(atOnce, left));
      left -= part.length;
      taken.push(part.toString());
      return part.length;
    },
  };
}
