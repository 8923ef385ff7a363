/**
 * An Avro type as a TypeScript type: exactly what the codec gives (`read`) and takes (`write`).
 */
import {
  type AvroSchema,
  branchName,
  isNamed,
  type NamedSchema,
  type UnionSchema,
} from "../src/avro/model.ts";
import { isWrappedUnion } from "../src/avro/union-shape.ts";
import { isOptionalField } from "../src/avro/value-check.ts";
import { type MappedType, mappedTypeOf, type ValueMapping } from "../src/avro/value-mapping.ts";
import { key, type Piece, type Side } from "./pieces.ts";

export function typeExpression(schema: AvroSchema, side: Side, mapping: ValueMapping = {}): readonly Piece[] {
  return express(schema, side, mapping).pieces;
}

interface Expression {
  readonly pieces: readonly Piece[];
  /** Parts joined by `|` or led by `readonly`: needs parentheses as an element. */
  readonly compound?: boolean;
}

function express(schema: AvroSchema, side: Side, mapping: ValueMapping): Expression {
  const mapped = isNamed(schema) ? null : mappedTypeOf(schema, mapping);
  if (mapped !== null) return { pieces: [mappedTypeName(mapped)] };
  switch (schema.kind) {
    case "null":
    case "boolean":
    case "string":
      return { pieces: [schema.kind] };
    case "int":
    case "long":
    case "float":
    case "double":
      return { pieces: ["number"] };
    case "bytes":
      return { pieces: ["Buffer"] };
    case "record":
    case "enum":
    case "fixed":
      return { pieces: [{ kind: "type", schema, side }] };
    case "array": {
      const items = express(schema.items, side, mapping);
      const element = items.compound ? ["(", ...items.pieces, ")"] : items.pieces;
      return { pieces: ["readonly ", ...element, "[]"], compound: true };
    }
    case "map":
      return {
        pieces: ["{ readonly [key: string]: ", ...typeExpression(schema.values, side, mapping), " }"],
      };
    case "union":
      return expressUnion(schema, side, mapping);
  }
}

function expressUnion(union: UnionSchema, side: Side, mapping: ValueMapping): Expression {
  const branches = unionBranches(union, side, mapping);
  if (branches.length === 0) return { pieces: ["never"] };
  return {
    pieces: branches.flatMap((branch, index) => (index === 0 ? branch : [" | ", ...branch])),
    // A union of one array is as compound as the array.
    compound: branches.length > 1 || union.branches[0]?.kind === "array",
  };
}

/** The members of a union's type, null last. */
export function unionBranches(
  union: UnionSchema,
  side: Side,
  mapping: ValueMapping = {},
): readonly (readonly Piece[])[] {
  const wrapped = isWrappedUnion(union, mapping);
  const named = union.branches.filter((branch) => branch.kind !== "null");
  const members = named.map((branch): readonly Piece[] => {
    if (!wrapped) {
      const expression = express(branch, side, mapping);
      return expression.compound && union.branches.length > 1
        ? ["(", ...expression.pieces, ")"]
        : expression.pieces;
    }
    // The names of the other branches are there to be asked for, and never have a value.
    const others = named
      .filter((other) => other !== branch)
      .flatMap((other): Piece[] => ["; readonly ", key(branchName(other)), "?: never"]);
    return [
      "{ readonly ",
      key(branchName(branch)),
      ": ",
      ...typeExpression(branch, side, mapping),
      ...others,
      " }",
    ];
  });
  return named.length < union.branches.length ? [...members, ["null"]] : members;
}

/** The type of mapped values. The form of a UUID is all that a type can tell of one. */
export function mappedTypeName(mapped: MappedType): string {
  switch (mapped.kind) {
    case "bigint":
      return "bigint";
    case "date":
      return "Date";
    case "decimal":
      return "string";
    case "uuid":
      return `\`${Array(5).fill(["$", "{string}"].join("")).join("-")}\``;
  }
}

/** True when what an encoder takes differs from what a decoder gives: a default somewhere within. */
export function hasWriteType(schema: AvroSchema, mapping: ValueMapping = {}): boolean {
  return findWriteType(schema, mapping, new Set());
}

function findWriteType(schema: AvroSchema, mapping: ValueMapping, seen: Set<NamedSchema>): boolean {
  switch (schema.kind) {
    case "record":
      if (seen.has(schema)) return false;
      seen.add(schema);
      return schema.fields.some(
        (field) => isOptionalField(field, mapping) || findWriteType(field.type, mapping, seen),
      );
    case "array":
      return findWriteType(schema.items, mapping, seen);
    case "map":
      return findWriteType(schema.values, mapping, seen);
    case "union":
      return schema.branches.some((branch) => findWriteType(branch, mapping, seen));
    default:
      return false;
  }
}
