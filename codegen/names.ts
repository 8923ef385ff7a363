/**
 * Which TypeScript name each Avro type gets. Names are allotted in passes (root, other types of the module, imported
 * types), each from the same table of taken words, so that a later pass never renames what an earlier one named.
 */
import { type FullName, fullNameText, type NamedSchema } from "../src/avro/model.ts";

/** Words that cannot name a type or a constant of a module, and the names that generated code itself relies on. */
const reservedWords: readonly string[] = [
  ..."any arguments as async await bigint boolean break case catch class const continue debugger declare default".split(
    " ",
  ),
  ..."delete do else enum eval export extends false finally for from function get if implements import in".split(
    " ",
  ),
  ..."infer instanceof interface intrinsic is keyof let module namespace never new null number object of out".split(
    " ",
  ),
  ..."package private protected public readonly require return satisfies set static string super switch".split(
    " ",
  ),
  ..."symbol this throw true try type typeof undefined unique unknown using var void while with yield".split(
    " ",
  ),
  "NaN",
  "Infinity",
  "globalThis",
  "exports",
  "__proto__",
  "Buffer",
  "TypedSchema",
];

/** What a type's own name is followed by in the names that belong to it. */
export const suffixes = {
  input: "Input",
  schema: "Schema",
  versions: "Versions",
  verdicts: "Verdicts",
} as const;

const typeSuffixes: readonly string[] = ["", suffixes.input];
const rootSuffixes: readonly string[] = [
  ...typeSuffixes,
  suffixes.schema,
  suffixes.versions,
  suffixes.verdicts,
];

export interface LocalNames {
  /** Name of the root: of its type when it has a name, else from the file's. */
  readonly root: string;
  readonly types: ReadonlyMap<NamedSchema, string>;
  /** A name, free in this module, for a type that another one calls `name`. */
  allotImport(type: NamedSchema, name: string): string;
}

export interface NameRequest {
  /** Null when the root has no name. */
  readonly root: NamedSchema | null;
  /** What an unnamed root is called. */
  readonly fallback: string;
  /** Names that the module uses as they are, beside those that every module does. */
  readonly used?: readonly string[];
  /** The module's types, with the root among them when it is named. */
  readonly types: readonly NamedSchema[];
}

export function allotNames({ root, fallback, types, used = [] }: NameRequest): LocalNames {
  const table = new NameTable(used);
  const names = new Map<NamedSchema, string>();
  const rootName = table.claim(
    root === null ? [toIdentifier(fallback)] : candidatesOf(root.fullName),
    rootSuffixes,
  );
  if (root !== null) names.set(root, rootName);

  const others = types.filter((type) => type !== root);
  const uses = new Map<string, number>();
  for (const { fullName } of others) uses.set(fullName.name, (uses.get(fullName.name) ?? 0) + 1);
  // Two types of one short name are both qualified, so that their order says nothing.
  for (const type of others) {
    const candidates = candidatesOf(type.fullName);
    if ((uses.get(type.fullName.name) ?? 0) > 1 && candidates.length > 1) candidates.shift();
    names.set(type, table.claim(candidates, typeSuffixes));
  }
  return {
    root: rootName,
    types: names,
    allotImport: (type, name) => table.claim([name, ...candidatesOf(type.fullName).slice(1)], typeSuffixes),
  };
}

class NameTable {
  private readonly taken: Set<string>;

  constructor(used: readonly string[]) {
    this.taken = new Set([...reservedWords, ...used]);
  }

  /** The first candidate that is free with all of its suffixes; the last one with a number when none is. */
  claim(candidates: readonly string[], withSuffixes: readonly string[]): string {
    const isFree = (name: string) => withSuffixes.every((suffix) => !this.taken.has(name + suffix));
    let name = candidates.find(isFree);
    for (let count = 2; name === undefined; count += 1) {
      const numbered = `${candidates.at(-1) ?? "Type"}_${count}`;
      if (isFree(numbered)) name = numbered;
    }
    for (const suffix of withSuffixes) this.taken.add(name + suffix);
    return name;
  }
}

/** The short name, then with ever more of its namespace before it: `Item`, `AItem`, `ExAItem`. */
function candidatesOf(name: FullName): string[] {
  const parts = name.namespace?.split(".") ?? [];
  const qualified = parts.map((_, index) => [...parts.slice(-1 - index), name.name].map(capitalize).join(""));
  return [name.name, ...qualified];
}

function capitalize(part: string): string {
  return part.charAt(0).toUpperCase() + part.slice(1);
}

/** A file's name as the name of a type: `user-events` is `UserEvents`. */
function toIdentifier(fileName: string): string {
  const name = fileName
    .split(/[^A-Za-z0-9_]+/)
    .map(capitalize)
    .join("");
  if (name === "") return "Root";
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** How docs name a type. */
export function describeType(type: NamedSchema): string {
  return `Avro ${type.kind} \`${fullNameText(type.fullName)}\``;
}
