/**
 * Holds every import of the repository against the import law, and exits 1 with what is wrong and the way out.
 *
 *     node tools/check-imports.ts [ROOT]
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { roomPlaces } from "./import-law.ts";
import {
  type Complaint,
  type DeclaredPackages,
  judgeImport,
  judgePackage,
  type Place,
  placeOf,
} from "./judge-import.ts";
import { type FoundImport, readImports } from "./read-imports.ts";

export interface Violation extends Complaint {
  /** From the root of the repository. */
  readonly path: string;
  readonly line: number;
}

export interface ImportReport {
  readonly files: number;
  readonly imports: number;
  readonly violations: readonly Violation[];
}

const codeFile = /\.[cm]?[jt]sx?$/;
const skippedFolders = new Set(["node_modules", "dist", "coverage"]);
/** Folders that are no part of this package: inputs of tests, and a package of its own. */
const foreignFolder = /(^|\/)cases\/|^integration-tests\/clients\//;

/** Every violation in the repository at `root`, in the order of paths and lines. */
export function checkImports(root: string): ImportReport {
  const realRoot = realpathSync(root);
  const declared = readDeclared(realRoot);
  const folders = [...new Set(Object.values(roomPlaces).map((place) => place.split("/")[0] ?? ""))];
  const paths = folders.flatMap((folder) => listCode(realRoot, folder)).sort();
  const violations: Violation[] = [];
  let imports = 0;
  for (const path of paths) {
    const from = placeOf(path);
    if (from === null) {
      violations.push({
        path,
        line: 1,
        rule: "no-room",
        message: "the file is in no room",
        wayOut: "move it into one, or add the room to tools/import-law.ts and say what it may import",
      });
      continue;
    }
    let found: FoundImport[];
    try {
      found = readImports(readFileSync(join(realRoot, path), "utf8"));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      violations.push({ path, line: 1, rule: "unreadable", message, wayOut: "correct the syntax" });
      continue;
    }
    for (const one of found) {
      imports++;
      const complaint = judge(realRoot, from, one, declared);
      if (complaint !== null) violations.push({ path, line: one.line, ...complaint });
    }
  }
  return { files: paths.length, imports, violations };
}

function judge(root: string, from: Place, found: FoundImport, declared: Declared): Complaint | null {
  const { specifier, typeOnly } = found;
  if (specifier === null) {
    if (from.isTest) return null;
    return {
      rule: "computed-import",
      message: "the imported module is computed, so the law cannot be checked",
      wayOut: 'write the path as a literal, in a table of `() => import("./x.ts")` if there are many',
    };
  }
  if (specifier === declared.name) return judgeTarget(from, "src/index.ts", typeOnly);
  const target = specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier;
  if (!/^(\.{1,2}(\/|$)|\/)/.test(target)) return judgePackage(from, target, typeOnly, declared);
  const file = resolveFile(resolve(root, dirname(from.path), target));
  if (file === null) {
    return {
      rule: "unresolved-import",
      message: `${specifier} leads to no file`,
      wayOut: "correct the path; generated files come from `npm run gen`",
    };
  }
  return judgeTarget(from, relative(root, file).split(sep).join("/"), typeOnly);
}

function judgeTarget(from: Place, path: string, typeOnly: boolean): Complaint | null {
  const to = placeOf(path);
  if (to !== null) return judgeImport(from, to, typeOnly);
  if (path === "package.json") return null;
  return {
    rule: "outside-import",
    message: `${path} is in no room`,
    wayOut: "import from a room, or read the file by its path",
  };
}

/** The file an import leads to, symbolic links followed; null when there is none. */
function resolveFile(path: string): string | null {
  const candidates = [path, path.replace(/\.([cm]?)js$/, ".$1ts"), `${path}.ts`, join(path, "index.ts")];
  const file = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  return file === undefined ? null : realpathSync(file);
}

interface Declared extends DeclaredPackages {
  readonly name: string;
}

function readDeclared(root: string): Declared {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return {
    name: manifest.name,
    dependencies: new Set(Object.keys(manifest.dependencies ?? {})),
    devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
  };
}

function listCode(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : listCode(root, path);
    return codeFile.test(entry.name) && !foreignFolder.test(path) ? [path] : [];
  });
}

/** The report as people read it: file:line first, so that terminals and editors can open it. */
export function printReport(report: ImportReport): string {
  const blocks = report.violations.map(
    ({ path, line, rule, message, wayOut }) =>
      `${path}:${line} ${rule}: ${message}\n    way out: ${wayOut}\n`,
  );
  const count = report.violations.length;
  const verdict = count === 0 ? "the import law holds" : `${count} against the import law`;
  return `${blocks.join("")}${report.imports} imports in ${report.files} files: ${verdict}\n`;
}

function main(): void {
  const root = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
  const report = checkImports(root);
  const text = printReport(report);
  if (report.violations.length === 0) {
    process.stdout.write(text);
    return;
  }
  process.stderr.write(text);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
