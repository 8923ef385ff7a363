/**
 * Avro schemas to TypeScript: a folder's files in, modules out. Pure: reads and writes nothing.
 */
import { isNamed, type NamedSchema } from "../src/avro/model.ts";
import { compileModule } from "./compile-module.ts";
import { allotNames, type LocalNames, suffixes } from "./names.ts";
import type { Side } from "./pieces.ts";
import { printModule, type TypeName } from "./printer.ts";
import { loadSchemaFolder, type SchemaFile, type SchemaUnit } from "./schema-folder.ts";
import { hasWriteType } from "./type-expression.ts";

export type ImportExtension = ".js" | ".ts" | "none";

export interface GenerateOptions {
  /** Every file of the folder; those that do not end in `.avsc` are passed over. */
  readonly files: readonly SchemaFile[];
  /** Module that gives `TypedSchema`, as seen from the output folder. Default "birdwire". */
  readonly runtime?: string;
  /** Of imports between generated modules. Default ".js". */
  readonly importExtension?: ImportExtension;
}

export interface GeneratedFile {
  /** Relative to the output folder, with forward slashes. */
  readonly fileName: string;
  readonly text: string;
}

/**
 * One module for each file, or for each folder of versions (`name/v1.avsc`, `name/v2.avsc`, ...), whose newest makes
 * the types. For a record `Tweet`: the type `Tweet` that a decoder gives, `TweetInput` that an encoder takes, and the
 * constant `TweetSchema`. The only import is of types.
 * @throws {AvroError} `not-json` or `invalid-schema`; the message has a line for each faulty file: its path, the line
 * and column or the JSON pointer, and the reason.
 */
export function generate(options: GenerateOptions): GeneratedFile[] {
  const units = loadSchemaFolder(options.files).map(nameUnit);
  const ownerOf = new Map<NamedSchema, NamedUnit>();
  for (const unit of units) for (const type of unit.types) ownerOf.set(type, unit);
  return units.map((unit) => ({ fileName: `${unit.key}.ts`, text: printUnit(unit, ownerOf, options) }));
}

interface NamedUnit extends SchemaUnit {
  readonly names: LocalNames;
}

function nameUnit(unit: SchemaUnit): NamedUnit {
  const { schema } = unit.newest;
  const names = allotNames({
    root: isNamed(schema) && unit.types.includes(schema) ? schema : null,
    fallback: isNamed(schema) ? schema.fullName.name : unit.key.slice(unit.key.lastIndexOf("/") + 1),
    types: unit.types,
  });
  return { ...unit, names };
}

function printUnit(
  unit: NamedUnit,
  ownerOf: ReadonlyMap<NamedSchema, NamedUnit>,
  { runtime = "birdwire", importExtension = ".js" }: GenerateOptions,
): string {
  const imported = new Map<NamedSchema, string>();
  const nameOf = (schema: NamedSchema, side: Side): TypeName => {
    const suffix = side === "write" && hasWriteType(schema) ? suffixes.input : "";
    const local = unit.names.types.get(schema);
    if (local !== undefined) return { local: local + suffix };
    const owner = ownerOf.get(schema);
    const exported = owner?.names.types.get(schema);
    if (owner === undefined || exported === undefined) throw new TypeError("a type that no module declares");
    const alias = imported.get(schema) ?? unit.names.allotImport(schema, exported);
    imported.set(schema, alias);
    return {
      local: alias + suffix,
      from: { module: specifier(unit.key, owner.key, importExtension), exported: exported + suffix },
    };
  };
  return printModule({
    source: unit.newest.path,
    runtime: fromFolderOf(unit.key, runtime),
    statements: compileModule(unit),
    nameOf,
  });
}

/** A relative module is named as seen from the output folder; a module in a folder below sees it from further away. */
function fromFolderOf(key: string, module: string): string {
  if (!/^\.\.?\//.test(module)) return module;
  const depth = key.split("/").length - 1;
  return depth === 0 ? module : "../".repeat(depth) + module.replace(/^\.\//, "");
}

function specifier(from: string, to: string, extension: ImportExtension): string {
  const origin = from.split("/").slice(0, -1);
  const target = to.split("/");
  let shared = 0;
  while (shared < origin.length && shared < target.length - 1 && origin[shared] === target[shared])
    shared += 1;
  const up = "../".repeat(origin.length - shared);
  return `${up === "" ? "./" : up}${target.slice(shared).join("/")}${extension === "none" ? "" : extension}`;
}
