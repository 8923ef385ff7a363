/**
 * A folder of generated files next to the schemas that it was generated from.
 */
import { readFileSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generatedMark, type OutputOptions, readHead } from "../../codegen/header.ts";
import { listModules, planUpdate, type UpdatedFile } from "../../codegen/update.ts";
import { identifyGenerator } from "./generator-identity.ts";
import type { SchemaFile } from "./read-schema-folder.ts";

export interface GeneratedFolder {
  readonly files: readonly UpdatedFile[];
  /** What codegen wrote and would not write now: their schemas are gone. */
  readonly strays: readonly string[];
}

/** `folder` need not be there. Throws AvroError with everything that is wrong in the schemas. */
export async function readGenerated(
  folder: string,
  files: readonly SchemaFile[],
  options: OutputOptions,
): Promise<GeneratedFolder> {
  const names = listModules(files);
  const [generator, strays] = await Promise.all([identifyGenerator(), findStrays(folder, names)]);
  const current = new Map(
    names.flatMap((name) => {
      const text = read(join(folder, name));
      return text === null ? [] : [[name, text]];
    }),
  );
  return { files: planUpdate({ ...options, files, generator, current }), strays };
}

/** What is wrong with a file; null when it is what the schemas say, whoever made it. */
export function describeStale({ state }: UpdatedFile): string | null {
  if (state === "missing") return "is missing";
  return state === "changed" ? "is not what the schemas say" : null;
}

/** Where a project has its generated files when nobody says: beside the schemas. */
export function conventionalFolder(schemas: string): string {
  return join(dirname(schemas), "src", "generated");
}

/** The options that a folder was generated with; null where nothing in it comes from one of these files. */
export function readOptions(folder: string, files: readonly SchemaFile[]): OutputOptions | null {
  const sources = new Set(files.map(({ path }) => path));
  for (const name of listModules(files)) {
    const head = readHead(read(join(folder, name)) ?? "");
    if (head !== null && sources.has(head.source)) return head.options;
  }
  return null;
}

/** Null for what is not there, or cannot be read: to write it will say why. */
function read(path: string): string | null {
  try {
    // Promises for thousands of small files take seven times as long.
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Files below `folder` that codegen wrote, by their first line, and would not write now. */
async function findStrays(folder: string, names: readonly string[]): Promise<string[]> {
  const known = new Set(names);
  const paths = (await readdir(folder, { recursive: true }).catch(() => []))
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !known.has(path) && !/(^|\/)node_modules\//.test(path));
  const strays: string[] = [];
  for (const path of paths.sort()) if (await isGenerated(join(folder, path))) strays.push(path);
  return strays;
}

async function isGenerated(path: string): Promise<boolean> {
  const mark = Buffer.from(generatedMark);
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(mark.length), 0, mark.length, 0);
  return buffer.subarray(0, bytesRead).equals(mark);
}
