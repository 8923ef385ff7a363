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
import { describeType, type LocalNames, suffixes } from "./names.ts";
import { blank, doc, key, line, type Piece, runtimeType, type Side, type Statement, text } from "./pieces.ts";
import { hasWriteType, typeExpression, unionBranches } from "./type-expression.ts";

export interface ModuleSchema {
  readonly schema: AvroSchema;
  /** Number of the file; null when it has none. */
  readonly version: number | null;
}

export interface ModuleInput {
  readonly newest: ModuleSchema;
  /** Earlier versions, oldest first. */
  readonly earlier: readonly ModuleSchema[];
  readonly names: LocalNames;
  /** The types that this module declares. */
  readonly types: readonly NamedSchema[];
}

export function compileModule({ newest, earlier, names, types }: ModuleInput): Statement[] {
  const { schema, version } = newest;
  const root = isNamed(schema) ? schema : null;
  // Another module's type may be all that a schema consists of; then only the constant is ours.
  const declared = types.flatMap((type) => [
    ...declareType(type, names.types.get(type) ?? "", type === root),
    blank,
  ]);
  const alias = root === null || !types.includes(root) ? [...declareRoot(schema, names.root), blank] : [];
  const constant = names.root + suffixes.schema;
  const statements = [
    ...alias,
    ...declared,
    doc(0, `The schema of \`${names.root}\`${version === null ? "" : `, version ${version}`}.`),
    line(0, `export const ${constant}: `, runtimeType, `<${names.root}, ${names.root}${suffixes.input}> = {`),
    ...describeSchema(newest, 1),
    line(0, "};"),
  ];
  if (version === null) return statements;
  return [
    ...statements,
    blank,
    doc(0, "Every version, oldest first."),
    line(0, `export const ${names.root}${suffixes.versions}: readonly `, runtimeType, "<unknown>[] = ["),
    ...earlier.flatMap((old) => [line(1, "{"), ...describeSchema(old, 2), line(1, "},")]),
    line(1, `${constant},`),
    line(0, "];"),
  ];
}

function describeSchema({ schema, version }: ModuleSchema, indent: number): Statement[] {
  return [
    line(indent, "name: ", isNamed(schema) ? text(fullNameText(schema.fullName)) : "null", ","),
    line(indent, `version: ${version === null ? "null" : version},`),
    line(indent, "fingerprint: ", text(fingerprintOf(schema)), ","),
    line(indent, "json:"),
    line(indent + 1, text(toSchemaText(schema)), ","),
  ];
}

/** A root without a name, or one that another module declares, is an alias. */
function declareRoot(schema: AvroSchema, name: string): Statement[] {
  return [
    doc(0, ...logicalNotes(schema)),
    ...assignType(0, [`export type ${name} =`], schema, "read"),
    blank,
    doc(0, writeDoc(name, hasWriteType(schema))),
    ...assignType(0, [`export type ${name}${suffixes.input} =`], schema, "write"),
  ];
}

function declareType(type: NamedSchema, name: string, isRoot: boolean): Statement[] {
  const about = doc(0, type.doc, `${describeType(type)}.${describeKind(type)}`, ...logicalNotes(type, type));
  switch (type.kind) {
    case "record": {
      const read = [about, ...declareRecord(type, name, "read")];
      const input = name + suffixes.input;
      if (hasWriteType(type))
        return [...read, blank, doc(0, writeDoc(name, true)), ...declareRecord(type, input, "write")];
      return isRoot ? [...read, blank, ...aliasInput(name)] : read;
    }
    case "enum":
      return [about, ...declareEnum(type, name), ...(isRoot ? [blank, ...aliasInput(name)] : [])];
    case "fixed":
      return [
        about,
        line(0, `export type ${name} = Buffer;`),
        ...(isRoot ? [blank, ...aliasInput(name)] : []),
      ];
  }
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

function declareRecord(type: RecordSchema, name: string, side: Side): Statement[] {
  // An empty interface would take any value.
  if (type.fields.length === 0) return [line(0, `export type ${name} = { readonly [key: string]: never };`)];
  return [
    line(0, `export interface ${name} {`),
    ...type.fields.flatMap((field) => declareField(field, side)),
    line(0, "}"),
  ];
}

function declareField(field: RecordField, side: Side): Statement[] {
  const isOptional = side === "write" && isOptionalField(field);
  const fallback = isOptional ? `Default: \`${JSON.stringify(field.default)}\`.` : undefined;
  return [
    doc(1, field.doc, ...logicalNotes(field.type), fallback),
    ...assignType(1, ["readonly ", key(field.name), isOptional ? "?:" : ":"], field.type, side, isOptional),
  ];
}

/** `head` and a type; the members of a wrapped union each on a line of its own. */
function assignType(
  indent: number,
  head: readonly Piece[],
  type: AvroSchema,
  side: Side,
  isOptional = false,
): Statement[] {
  const end = isOptional ? " | undefined;" : ";";
  if (type.kind !== "union" || !isWrappedUnion(type)) {
    return [line(indent, ...head, " ", ...typeExpression(type, side), end)];
  }
  const members = unionBranches(type, side);
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
