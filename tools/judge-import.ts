/**
 * One import held against the law: pure, from two places in the house to a verdict.
 */
import {
  type AloneFile,
  aloneFiles,
  builderRooms,
  importLaw,
  type LawEntry,
  neverImported,
  packageRules,
  type Room,
  roomPlaces,
  rooms,
  testFolders,
  testsMayAlsoImport,
} from "./import-law.ts";

/** Where a file stands: its room, whether it is test code, and whether others may import it alone. */
export interface Place {
  readonly path: string;
  readonly room: Room;
  readonly isTest: boolean;
  /** `port` or `facts` for `src/<room>/port.ts` and `facts.ts`; else null. */
  readonly alone: AloneFile | null;
}

export type Rule =
  | "no-room"
  | "unreadable"
  | "computed-import"
  | "unresolved-import"
  | "outside-import"
  | "room-import"
  | "types-only-import"
  | "alone-file-import"
  | "test-code-import"
  | "package-owner"
  | "undeclared-package"
  | "test-package";

export interface Complaint {
  readonly rule: Rule;
  readonly message: string;
  readonly wayOut: string;
}

/** The place of a path from the root of the repository ("/" between folders), or null when it is in no room. */
export function placeOf(path: string): Place | null {
  const room = rooms.find((name) => {
    const place = roomPlaces[name];
    return place.endsWith("/") ? path.startsWith(place) : path === place;
  });
  if (room === undefined) return null;
  const inRoom = path.slice(roomPlaces[room].length);
  const isTest =
    inRoom.endsWith(".test.ts") ||
    inRoom.split("/").some((segment, at, all) => at < all.length - 1 && isTestFolder(segment)) ||
    isBuilder(room);
  return { path, room, isTest, alone: aloneFiles.find((name) => inRoom === `${name}.ts`) ?? null };
}

function isTestFolder(segment: string): boolean {
  return (testFolders as readonly string[]).includes(segment);
}

function isBuilder(room: Room): boolean {
  return (builderRooms as readonly Room[]).includes(room);
}

/** What is wrong with `from` importing `to`; null when nothing is. */
export function judgeImport(from: Place, to: Place, typeOnly: boolean): Complaint | null {
  if (to.isTest && !from.isTest) {
    return {
      rule: "test-code-import",
      message: `production code imports test code (${to.path})`,
      wayOut: "move what both need out of the tests",
    };
  }
  if (from.room !== to.room) {
    const verdict = judgeRooms(from, to, typeOnly);
    if (verdict !== null) return verdict;
  }
  // A file that others import alone would otherwise bring along, at run time, what they may not import.
  if (from.alone !== null && !from.isTest && !typeOnly && to.alone === null && to.room !== "kernel") {
    return {
      rule: "alone-file-import",
      message: `${from.path} is imported alone by other rooms, and imports ${to.path} at run time`,
      wayOut: `keep ${from.alone}.ts to constants and types: of its own room it may import types only`,
    };
  }
  return null;
}

function judgeRooms(from: Place, to: Place, typeOnly: boolean): Complaint | null {
  const entries = from.isTest ? [...importLaw[from.room], ...testsMayAlsoImport] : importLaw[from.room];
  const verdicts = entries.map((entry) => matchEntry(entry, to, typeOnly));
  if (verdicts.includes("allowed")) return null;
  if (verdicts.includes("types-only")) {
    return {
      rule: "types-only-import",
      message: `${from.room} may import only types of ${to.room} (${to.path})`,
      wayOut: "write `import type`; `{ type X }` alone still loads the file at run time",
    };
  }
  const allowed = entries.length === 0 ? "nothing" : [...new Set(entries)].join(", ");
  return {
    rule: "room-import",
    message: `${from.room} must not import ${to.room} (${to.path})`,
    wayOut: `${from.room} may import ${allowed}: pass the rest in from cli${
      from.isTest ? ", or move the test to integration-tests/" : ""
    }`,
  };
}

function matchEntry(entry: LawEntry, to: Place, typeOnly: boolean): "allowed" | "types-only" | "other" {
  if (entry === "any/facts") {
    return to.alone === "facts" && !neverImported.includes(to.room) ? "allowed" : "other";
  }
  if (entry === to.room) return "allowed";
  if (entry === `${to.room}/port`) return to.alone === "port" ? "allowed" : "other";
  if (entry === `${to.room} (types)`) return typeOnly ? "allowed" : "types-only";
  return "other";
}

export interface DeclaredPackages {
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

/** What is wrong with `from` importing a package or a `node:` module; null when nothing is. */
export function judgePackage(
  from: Place,
  specifier: string,
  typeOnly: boolean,
  declared: DeclaredPackages,
): Complaint | null {
  const name = packageNameOf(specifier);
  const owner = packageRules.find((rule) => rule.name === name);
  if (owner !== undefined && !owner.onlyIn.test(from.path) && !isBuilder(from.room)) {
    return {
      rule: "package-owner",
      message: `${from.room} must not import ${name}`,
      wayOut: owner.wayOut,
    };
  }
  if (name.startsWith("node:")) return null;
  if (from.alone !== null && !from.isTest && !typeOnly) {
    return {
      rule: "alone-file-import",
      message: `${from.path} is imported alone by other rooms, and imports ${name} at run time`,
      wayOut: `keep ${from.alone}.ts to constants and types`,
    };
  }
  if (declared.dependencies.has(name)) return null;
  if (declared.devDependencies.has(name)) {
    if (from.isTest) return null;
    return {
      rule: "test-package",
      message: `production code imports ${name}, which is a development dependency`,
      wayOut: 'list it under "dependencies" if the published package needs it',
    };
  }
  return {
    rule: "undeclared-package",
    message: `${name} is not listed in package.json`,
    wayOut: `npm install --save-exact ${name}, or write node:${name} if it is Node's own`,
  };
}

function packageNameOf(specifier: string): string {
  if (specifier === "process") return "node:process";
  if (specifier.startsWith("node:")) return specifier;
  const [scope = "", name = ""] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}
