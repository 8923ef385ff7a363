/**
 * Which files a module's text may depend on: its own, and those of every group that may define a type that they name,
 * and so on. Found by the names alone, without namespaces, so that it errs to the side of too many.
 */
import { isJsonObject } from "../src/kernel/json.ts";
import type { FileGroup, PendingFile } from "./group-files.ts";

/** For each group the groups that its modules may depend on, itself first. Null when a file is no JSON. */
export function findDependencies(
  groups: readonly FileGroup[],
): ReadonlyMap<FileGroup, readonly FileGroup[]> | null {
  const definers = new Map<string, FileGroup[]>();
  const named = new Map<FileGroup, Set<string>>();
  for (const group of groups) {
    const names: Names = { defined: new Set(), mentioned: new Set() };
    for (const file of group.files) if (!collectNames(file, names)) return null;
    named.set(group, names.mentioned);
    for (const name of names.defined) definers.set(name, [...(definers.get(name) ?? []), group]);
  }
  const direct = new Map(
    [...named].map(([group, names]): [FileGroup, FileGroup[]] => [
      group,
      [...names].flatMap((name) => definers.get(name) ?? []),
    ]),
  );
  return new Map(groups.map((group) => [group, reach(group, direct)]));
}

function reach(group: FileGroup, direct: ReadonlyMap<FileGroup, readonly FileGroup[]>): FileGroup[] {
  // A Set is gone through in the order of insertion, and takes more while it is.
  const reached = new Set([group]);
  for (const each of reached) for (const next of direct.get(each) ?? []) reached.add(next);
  return [...reached];
}

interface Names {
  readonly defined: Set<string>;
  readonly mentioned: Set<string>;
}

const definitions: ReadonlySet<unknown> = new Set(["record", "error", "enum", "fixed"]);

function collectNames({ text }: PendingFile, { defined, mentioned }: Names): boolean {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return false;
  }
  // Neither by recursion nor by spreading: the file may be as deep and as long as it likes.
  const left: unknown[] = [json];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string") mentioned.add(lastPart(value));
    else if (Array.isArray(value)) for (const item of value) left.push(item);
    else if (isJsonObject(value)) {
      if (typeof value.name === "string" && definitions.has(value.type)) defined.add(lastPart(value.name));
      // A doc names nothing, and is most of the text.
      for (const key in value) if (key !== "doc") left.push(value[key]);
    }
  }
  return true;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
