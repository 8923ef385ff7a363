/**
 * A folder of schema files as it was at a Git revision, whatever the working tree holds.
 */
import { execFile, spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";
import { promisify } from "node:util";
import { describeCause } from "../kernel/error.ts";
import { decode, type SchemaFile } from "./read-schema-folder.ts";
import { UsageError } from "./usage-error.ts";

export const maxGitBytes = 64 * 1024 * 1024;

const execute = promisify(execFile);

/** The output. Throws UsageError with Git's own words. */
export async function runGit(cwd: string, args: readonly string[]): Promise<Buffer> {
  try {
    return (await execute("git", args, { cwd, encoding: "buffer", maxBuffer: maxGitBytes })).stdout;
  } catch (cause) {
    const stderr = String((cause as { readonly stderr?: unknown }).stderr ?? "").trim();
    const reason = stderr === "" ? describeCause(cause) : stderr.replace(/^fatal: /, "");
    throw new UsageError("usage", `git ${args[0]} ${args.at(-1)}: ${reason}`, { cause });
  }
}

/** Whether `name` is a revision by itself: a branch, a tag, a commit, `HEAD~2`. */
export async function isRevision(cwd: string, name: string): Promise<boolean> {
  if (name === "") return false;
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  return await runGit(cwd, args).then(
    () => true,
    () => false,
  );
}

/** The .avsc and .json files below `folder`, as `readSchemaFolder` gives them; none where it was not there. */
export async function readGitFolder(folder: string, revision: string): Promise<SchemaFile[]> {
  const listing = await runGit(folder, ["ls-tree", "-r", "-z", "--end-of-options", revision]);
  const entries = listing
    .toString("utf8")
    .split("\0")
    .flatMap((line): { readonly id: string; readonly path: string }[] => {
      const [, type, id, path] = /^[0-7]+ (\w+) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      if (type !== "blob" || id === undefined || path === undefined) return [];
      return /\.(avsc|json)$/.test(path) ? [{ id, path }] : [];
    })
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  if (entries.length === 0) return [];
  const contents = await readBlobs(
    folder,
    entries.map(({ id }) => id),
  );
  return entries.map(({ path }, index) => ({
    path,
    text: decode(contents[index] ?? Buffer.alloc(0), `${revision}:${path}`),
  }));
}

/** All of them by one process: thousands of files would be thousands. */
async function readBlobs(cwd: string, ids: readonly string[]): Promise<readonly Buffer[]> {
  const child = spawn("git", ["cat-file", "--batch"], { cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(`${ids.join("\n")}\n`);
  const [output, said] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  const blobs: Buffer[] = [];
  for (let at = 0; at < output.length; ) {
    const headEnd = output.indexOf("\n", at);
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(output.toString("latin1", at, headEnd)) ?? [];
    if (size === undefined) throw new UsageError("usage", `git cat-file --batch: ${said}`);
    const start = headEnd + 1;
    blobs.push(output.subarray(start, start + Number(size)));
    at = start + Number(size) + 1;
  }
  return blobs;
}
