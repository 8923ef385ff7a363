/**
 * Avro schemas to TypeScript: a folder's files in, modules out. Pure: reads and writes nothing.
 */
import { isNamed, type NamedSchema } from "../src/avro/model.ts";
import { namedTypesOf } from "../src/avro/parse-schema.ts";
import { compileModule, compilePinned, type ModuleInput } from "./compile-module.ts";
import type { SchemaFile } from "./group-files.ts";
import { type ImportExtension, normalizeOptions, type OutputOptions, type PlainOptions } from "./header.ts";
import { allotNames, type LocalNames, suffixes } from "./names.ts";
import type { Side } from "./pieces.ts";
import { printModule, type TypeName } from "./printer.ts";
import { type LoadedFile, loadSchemaFolder, type SchemaUnit } from "./schema-folder.ts";
import { hasWriteType } from "./type-expression.ts";
import { judgeVersions } from "./verdicts.ts";

export interface GenerateOptions extends OutputOptions {
  /** Every file of the folder; those that do not end in `.avsc` are passed over. */
  readonly files: readonly SchemaFile[];
}

export interface GeneratedFile {
  /** Relative to the output folder, with forward slashes. */
  readonly fileName: string;
  readonly text: string;
}

/**
 * One module for each file, or for each folder of versions (`name/v1.avsc`, `name/v2.avsc`, ...), whose newest makes
 * the types; and one for each version, `name/v1.ts`, for programs that stay with it. For a record `Tweet`: the type
 * `Tweet` that a decoder gives, `TweetInput` that an encoder takes, the constant `TweetSchema`, and the type
 * `TweetVerdicts` that says which version reads which. All imports are of types.
 * @throws {AvroError} `not-json` or `invalid-schema`; the message has a line for each faulty file: its path, the line
 * and column or the JSON pointer, and the reason.
 */
export function generate(options: GenerateOptions): GeneratedFile[] {
  const units = loadSchemaFolder(options.files);
  const plain = normalizeOptions(options);
  const newest = units.map((unit) => planModule(unit.key, unit.newest, unit.types, plain.values));
  const owners = new Map<NamedSchema, PlannedModule>();
  for (const module of newest) for (const type of module.types) owners.set(type, module);
  return units.flatMap((unit, index) => {
    const main = newest[index] as PlannedModule;
    return generateUnit(unit, main, { ...plain, owners });
  });
}

interface PlannedModule {
  /** Path of the module, without extension. */
  readonly key: string;
  readonly file: LoadedFile;
  readonly types: readonly NamedSchema[];
  readonly names: LocalNames;
}

interface PrintContext extends PlainOptions {
  /** The module of the newest version that declares a type. */
  readonly owners: ReadonlyMap<NamedSchema, PlannedModule>;
}

function planModule(
  key: string,
  file: LoadedFile,
  types: readonly NamedSchema[],
  values: PlainOptions["values"],
): PlannedModule {
  const { schema } = file;
  const names = allotNames({
    root: isNamed(schema) && types.includes(schema) ? schema : null,
    fallback: isNamed(schema) ? schema.fullName.name : key.slice(key.lastIndexOf("/") + 1),
    types,
    used: values.timestampMillis === "date" ? ["Date"] : [],
  });
  return { key, file, types, names };
}

function generateUnit(unit: SchemaUnit, main: PlannedModule, context: PrintContext): GeneratedFile[] {
  const { newest, earlier } = unit;
  if (newest.version === null) return [print(main, context, { verdicts: null, earlier: null })];
  const versions = [...earlier, newest].map(({ version, schema }) => ({ version: version ?? 0, schema }));
  const isJudged = versions.length > 1;
  const extension = context.importExtension;
  const modules = earlier.map((file) => {
    const types = namedTypesOf(file.schema).filter((type) => !context.owners.has(type));
    return planModule(`${unit.key}/v${file.version}`, file, types, context.values);
  });
  const pinned = modules.map((module) =>
    print(module, context, {
      verdicts: {
        kind: "imported",
        module: specifier(module.key, unit.key, extension),
        exported: main.names.root + suffixes.verdicts,
      },
      earlier: null,
    }),
  );
  const key = `${unit.key}/v${newest.version}`;
  return [
    print(main, context, {
      verdicts: isJudged ? { kind: "declared", matrix: judgeVersions(versions) } : null,
      earlier: modules.map((module) => ({
        ...module.file,
        module: specifier(unit.key, module.key, extension),
        exported: module.names.root + suffixes.schema,
      })),
    }),
    ...pinned,
    {
      fileName: `${key}.ts`,
      text: printModule({
        source: newest.path,
        options: context,
        runtime: "",
        statements: compilePinned(specifier(key, unit.key, extension)),
        nameOf: noNames,
      }),
    },
  ];
}

function noNames(): never {
  throw new TypeError("a module without types names one");
}

function print(
  { key, file, types, names }: PlannedModule,
  context: PrintContext,
  parts: Pick<ModuleInput, "verdicts" | "earlier">,
): GeneratedFile {
  const { values: mapping, owners, runtime, importExtension } = context;
  const imported = new Map<NamedSchema, string>();
  const nameOf = (schema: NamedSchema, side: Side): TypeName => {
    const suffix = side === "write" && hasWriteType(schema, mapping) ? suffixes.input : "";
    const local = names.types.get(schema);
    if (local !== undefined) return { local: local + suffix };
    const owner = owners.get(schema);
    const exported = owner?.names.types.get(schema);
    if (owner === undefined || exported === undefined) throw new TypeError("a type that no module declares");
    const alias = imported.get(schema) ?? names.allotImport(schema, exported);
    imported.set(schema, alias);
    return {
      local: alias + suffix,
      from: { module: specifier(key, owner.key, importExtension), exported: exported + suffix },
    };
  };
  const statements = compileModule({ mapping, subject: file, names, types, ...parts });
  return {
    fileName: `${key}.ts`,
    text: printModule({
      source: file.path,
      options: context,
      runtime: fromFolderOf(key, runtime),
      statements,
      nameOf,
    }),
  };
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
