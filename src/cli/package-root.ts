/**
 * Where the package lies: beside `src/` in a checkout, above `dist/` when installed.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json, ending in a slash. */
export function findPackageRoot(): string {
  for (const candidate of ["../../", "../../../"]) {
    const root = fileURLToPath(new URL(candidate, import.meta.url));
    if (existsSync(`${root}package.json`)) return root;
  }
  throw new Error("package.json is missing: the package is not complete");
}

export function readPackageVersion(): string {
  return readManifest().version;
}

export interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(`${findPackageRoot()}package.json`, "utf8")) as Manifest;
}
