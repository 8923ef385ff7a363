/**
 * Generated files that are not what the schemas say.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readSchemaFolder } from "./read-schema-folder.ts";

export interface GeneratedFolder {
  readonly cwd: string;
  readonly schemas: string;
  readonly out: string;
  readonly runtime: string;
  readonly importExtension: ".js" | ".ts" | "none";
}

export interface StaleFile {
  /** As the user names the folder, with forward slashes. */
  readonly file: string;
  readonly reason: "is missing" | "is not what the schemas say";
}

export async function findStaleFiles(folder: GeneratedFolder): Promise<readonly StaleFile[]> {
  const { generate } = await import("../../codegen/generate.ts");
  const { cwd, schemas, out, runtime, importExtension } = folder;
  const files = await readSchemaFolder(resolve(cwd, schemas), schemas);
  const stale = await Promise.all(
    generate({ files, runtime, importExtension }).map(async ({ fileName, text }): Promise<StaleFile[]> => {
      const current = await readFile(join(resolve(cwd, out), fileName), "utf8").catch(() => null);
      if (current === text) return [];
      const file = join(out, fileName).replaceAll("\\", "/");
      return [{ file, reason: current === null ? "is missing" : "is not what the schemas say" }];
    }),
  );
  return stale.flat();
}
