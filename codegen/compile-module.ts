/**
 * One schema to the statements of one module: its types, and the constant that carries the schema.
 */
import { toSchemaText } from "../src/avro/canonical.ts";
import { fingerprintOf } from "../src/avro/fingerprint.ts";
import {
  type AvroSchema,
  type EnumSchema,
  fullNameText,
  isNamed,
  type NamedSchema,
  type RecordField,
  type RecordSchema,
} from "../src/avro/model.ts";
import { isWrappedUnion } from "../src/avro/union-shape.ts";
import { isOptionalField } from "../src/avro/value-check.ts";
import { mappedTypeOf, type ValueMapping } from "../src/avro/value-mapping.ts";
import { describeType, type LocalNames, suffixes } from "./names.ts";
import { blank, doc, key, line, type Piece, runtimeType, type Side, type Statement, text } from "./pieces.ts";
import { hasWriteType, mappedTypeName, typeExpression, unionBranches } from "./type-expression.ts";
import type { ReaderVerdicts } from "./verdicts.ts";

export interface ModuleSchema {
  readonly schema: AvroSchema;
  /** Number of the file; null when it has none. */
  readonly version: number | null;
}

export interface ModuleInput {
  readonly mapping: ValueMapping;
  /** The version that the module is about. */
  readonly subject: ModuleSchema;
  readonly names: LocalNames;
  /** The types that this module declares. */
  readonly types: readonly NamedSchema[];
  /** Null in a module that only one version has a part in. */
  readonly verdicts: VerdictSource | null;
  /** Of the newest version's module: those before it, oldest first. Null in other modules. */
  readonly earlier: readonly EarlierSchema[] | null;
}

/** A version with a module of its own, whose constant has its types. */
export interface EarlierSchema extends ModuleSchema {
  readonly module: string;
  readonly exported: string;
}

/** Where the literal type of the verdicts comes from. */
export type VerdictSource =
  | { readonly kind: "declared"; readonly matrix: readonly ReaderVerdicts[] }
  | { readonly kind: "imported"; readonly module: string; readonly exported: string };

export function compileModule({
  mapping,
  subject,
  names,
  types,
  verdicts,
  earlier,
}: ModuleInput): Statement[] {
  const { schema, version } = subject;
  const root = isNamed(schema) ? schema : null;
  // Another module's type may be all that a schema consists of; then only the constant is ours.
  const declared = types.flatMap((type) => [
    ...declareType(type, names.types.get(type) ?? "", type === root, mapping),
    blank,
  ]);
  const alias =
    root === null || !types.includes(root) ? [...declareRoot(schema, names.root, mapping), blank] : [];
  const constant = names.root + suffixes.schema;
  const row: Piece[] = verdicts === null ? [] : [", ", ...verdictsName(verdicts, names), `[${version}]`];
  const statements = [
    ...alias,
    ...declared,
    ...(verdicts?.kind === "declared" ? [...declareVerdicts(verdicts.matrix, names), blank] : []),
    doc(0, `The schema of \`${names.root}\`${version === null ? "" : `, version ${version}`}.`),
    line(
      0,
      `export const ${constant}: `,
      runtimeType,
      `<${names.root}, ${names.root}${suffixes.input}`,
      ...row,
      "> = {",
    ),
    ...describeSchema(subject, 1, mapping),
    line(0, "};"),
  ];
  if (earlier === null) return statements;
  return [
    ...statements,
    blank,
    doc(0, "Every version, oldest first."),
    line(0, `export const ${names.root}${suffixes.versions}: readonly [`),
    ...earlier.map(({ module, exported }) => line(1, { kind: "typeof", module, exported }, ",")),
    line(1, `typeof ${constant},`),
    line(0, "] = ["),
    ...earlier.flatMap((old) => [line(1, "{"), ...describeSchema(old, 2, mapping), line(1, "},")]),
    line(1, `${constant},`),
    line(0, "];"),
  ];
}

/** A module of the newest version under its number: whoever imports it stays with that version when others come. */
export function compilePinned(newest: string): Statement[] {
  return [line(0, "export * from ", text(newest), ";")];
}

function verdictsName(source: VerdictSource, names: LocalNames): Piece[] {
  const local = names.root + suffixes.verdicts;
  if (source.kind === "declared") return [local];
  return [{ kind: "foreign", module: source.module, exported: source.exported, local }];
}

function declareVerdicts(matrix: readonly ReaderVerdicts[], names: LocalNames): Statement[] {
  return [
    doc(
      0,
      "For each version as a reader: what it makes of each version as a writer, true or the reasons why not.",
    ),
    line(0, `export interface ${names.root}${suffixes.verdicts} {`),
    ...matrix.flatMap(({ reader, verdicts }) => [
      line(1, `readonly ${reader}: {`),
      ...verdicts.map(({ writer, reasons }) =>
        line(
          2,
          `readonly ${writer}: `,
          ...(reasons.length === 0
            ? ["true"]
            : reasons.flatMap((reason, index) => (index === 0 ? [text(reason)] : [" | ", text(reason)]))),
          ";",
        ),
      ),
      line(1, "};"),
    ]),
    line(0, "}"),
  ];
}

function describeSchema(
  { schema, version }: ModuleSchema,
  indent: number,
  mapping: ValueMapping,
): Statement[] {
  return [
    line(indent, "name: ", isNamed(schema) ? text(fullNameText(schema.fullName)) : "null", ","),
    line(indent, `version: ${version === null ? "null" : version},`),
    line(indent, "fingerprint: ", text(fingerprintOf(schema)), ","),
    line(indent, "json:"),
    line(indent + 1, text(toSchemaText(schema)), ","),
    ...describeMapping(indent, mapping),
  ];
}

function describeMapping(indent: number, mapping: ValueMapping): Statement[] {
  const chosen = Object.entries(mapping).filter(([, value]) => value !== undefined);
  if (chosen.length === 0) return [];
  const pairs = chosen.flatMap(([option, value], index): Piece[] => [
    index === 0 ? "" : ", ",
    key(option),
    ": ",
    text(String(value)),
  ]);
  return [line(indent, "values: { ", ...pairs, " },")];
}

/** A root without a name, or one that another module declares, is an alias. */
function declareRoot(schema: AvroSchema, name: string, mapping: ValueMapping): Statement[] {
  return [
    doc(0, ...logicalNotes(schema)),
    ...assignType(0, [`export type ${name} =`], schema, "read", mapping),
    blank,
    doc(0, writeDoc(name, hasWriteType(schema, mapping))),
    ...assignType(0, [`export type ${name}${suffixes.input} =`], schema, "write", mapping),
  ];
}

function declareType(type: NamedSchema, name: string, isRoot: boolean, mapping: ValueMapping): Statement[] {
  const about = doc(0, type.doc, `${describeType(type)}.${describeKind(type)}`, ...logicalNotes(type, type));
  switch (type.kind) {
    case "record": {
      const read = [about, ...declareRecord(type, name, "read", mapping)];
      const input = name + suffixes.input;
      if (hasWriteType(type, mapping))
        return [
          ...read,
          blank,
          doc(0, writeDoc(name, true)),
          ...declareRecord(type, input, "write", mapping),
        ];
      return isRoot ? [...read, blank, ...aliasInput(name)] : read;
    }
    case "enum":
      return [about, ...declareEnum(type, name), ...(isRoot ? [blank, ...aliasInput(name)] : [])];
    case "fixed":
      return [
        about,
        line(0, `export type ${name} = ${fixedTypeName(type, mapping)};`),
        ...(isRoot ? [blank, ...aliasInput(name)] : []),
      ];
  }
}

function fixedTypeName(type: NamedSchema, mapping: ValueMapping): string {
  const mapped = mappedTypeOf(type, mapping);
  return mapped === null ? "Buffer" : mappedTypeName(mapped);
}

function aliasInput(name: string): Statement[] {
  return [doc(0, writeDoc(name, false)), line(0, `export type ${name}${suffixes.input} = ${name};`)];
}

function writeDoc(name: string, differs: boolean): string {
  return `What an encoder takes as \`${name}\`${differs ? ": a field with a default may be left out" : ""}.`;
}

function describeKind(type: NamedSchema): string {
  if (type.kind === "fixed") return ` ${type.size} bytes.`;
  if (type.kind === "enum" && type.default !== undefined) {
    return ` A symbol that the reader does not know is read as \`${type.default}\`.`;
  }
  return "";
}

function declareRecord(type: RecordSchema, name: string, side: Side, mapping: ValueMapping): Statement[] {
  // An empty interface would take any value.
  if (type.fields.length === 0) return [line(0, `export type ${name} = { readonly [key: string]: never };`)];
  return [
    line(0, `export interface ${name} {`),
    ...type.fields.flatMap((field) => declareField(field, side, mapping)),
    line(0, "}"),
  ];
}

function declareField(field: RecordField, side: Side, mapping: ValueMapping): Statement[] {
  const isOptional = side === "write" && isOptionalField(field, mapping);
  const fallback = isOptional ? `Default: \`${JSON.stringify(field.default)}\`.` : undefined;
  return [
    doc(1, field.doc, ...logicalNotes(field.type), fallback),
    ...assignType(
      1,
      ["readonly ", key(field.name), isOptional ? "?:" : ":"],
      field.type,
      side,
      mapping,
      isOptional,
    ),
  ];
}

/** `head` and a type; the members of a wrapped union each on a line of its own. */
function assignType(
  indent: number,
  head: readonly Piece[],
  type: AvroSchema,
  side: Side,
  mapping: ValueMapping,
  isOptional = false,
): Statement[] {
  const end = isOptional ? " | undefined;" : ";";
  if (type.kind !== "union" || !isWrappedUnion(type, mapping)) {
    return [line(indent, ...head, " ", ...typeExpression(type, side, mapping), end)];
  }
  const members = unionBranches(type, side, mapping);
  return [
    line(indent, ...head),
    ...members.map((member, index) =>
      line(indent + 1, "| ", ...member, index === members.length - 1 ? end : ""),
    ),
  ];
}

function declareEnum(type: EnumSchema, name: string): Statement[] {
  return [
    line(0, `export const ${name} = {`),
    ...type.symbols.map((symbol) => line(1, key(symbol), ": ", text(symbol), ",")),
    line(0, "} as const;"),
    line(0, `export type ${name} = (typeof ${name})[keyof typeof ${name}];`),
  ];
}

/** A sentence for each logical type that a type shows on its outside: those of named types stand at their own. */
function logicalNotes(schema: AvroSchema, within?: NamedSchema): string[] {
  switch (schema.kind) {
    case "array":
      return [...noteOf(schema), ...logicalNotes(schema.items)];
    case "map":
      return [...noteOf(schema), ...logicalNotes(schema.values)];
    case "union":
      return schema.branches.flatMap((branch) => logicalNotes(branch));
    default:
      return isNamed(schema) && schema !== within ? [] : noteOf(schema);
  }
}

function noteOf(schema: AvroSchema): string[] {
  if (schema.logicalType === undefined) return [];
  const { precision, scale } = schema.props;
  const decimal =
    schema.logicalType === "decimal"
      ? `, precision ${JSON.stringify(precision)}, scale ${JSON.stringify(scale ?? 0)}`
      : "";
  return [`Logical type \`${schema.logicalType}\` of \`${schema.kind}\`${decimal}.`];
}
