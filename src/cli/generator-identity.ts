/**
 * What tells this generator from every other one: its version, and the code it consists of.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readManifest } from "./package-root.ts";

/** The rooms that the generator's code lies in: as the import law has it, it can use no others. */
const folders = ["../../codegen/", "../avro/", "../evolution/", "../kernel/"] as const;

/** A digest; null where the code is not found as files, and so could be any. */
export async function identifyGenerator(): Promise<string | null> {
  const { version, dependencies } = readManifest();
  const hash = createHash("sha256").update(`${version} avsc ${dependencies?.avsc}\n`);
  for (const folder of folders) {
    const path = fileURLToPath(new URL(folder, import.meta.url));
    const names = (await readdir(path).catch(() => [])).filter(isCode).sort();
    if (names.length === 0) return null;
    const texts = await Promise.all(names.map((name) => readFile(`${path}${name}`)));
    for (const [index, text] of texts.entries()) hash.update(`${names[index]} ${text.length}\n`).update(text);
  }
  return hash.digest("hex");
}

function isCode(name: string): boolean {
  return /\.(?:ts|js)$/.test(name) && !/\.(?:test|d)\.ts$/.test(name);
}
