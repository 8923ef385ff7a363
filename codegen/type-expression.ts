/**
 * An Avro type as a TypeScript type: exactly what the codec gives (`read`) and takes (`write`).
 */
import {
  type AvroSchema,
  branchName,
  type NamedSchema,
  type RecordSchema,
  type UnionSchema,
} from "../src/avro/model.ts";
import { isWrappedUnion } from "../src/avro/union-shape.ts";
import { isOptionalField } from "../src/avro/value-check.ts";
import { key, type Piece, type Side } from "./pieces.ts";

export function typeExpression(schema: AvroSchema, side: Side): readonly Piece[] {
  return express(schema, side).pieces;
}

interface Expression {
  readonly pieces: readonly Piece[];
  /** Parts joined by `|` or led by `readonly`: needs parentheses as an element. */
  readonly compound?: boolean;
}

function express(schema: AvroSchema, side: Side): Expression {
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
      const items = express(schema.items, side);
      const element = items.compound ? ["(", ...items.pieces, ")"] : items.pieces;
      return { pieces: ["readonly ", ...element, "[]"], compound: true };
    }
    case "map":
      return { pieces: ["{ readonly [key: string]: ", ...typeExpression(schema.values, side), " }"] };
    case "union":
      return expressUnion(schema, side);
  }
}

function expressUnion(union: UnionSchema, side: Side): Expression {
  const branches = unionBranches(union, side);
  if (branches.length === 0) return { pieces: ["never"] };
  return {
    pieces: branches.flatMap((branch, index) => (index === 0 ? branch : [" | ", ...branch])),
    // A union of one array is as compound as the array.
    compound: branches.length > 1 || union.branches[0]?.kind === "array",
  };
}

/** The members of a union's type, null last. */
export function unionBranches(union: UnionSchema, side: Side): readonly (readonly Piece[])[] {
  const wrapped = isWrappedUnion(union);
  const named = union.branches.filter((branch) => branch.kind !== "null");
  const members = named.map((branch): readonly Piece[] => {
    if (!wrapped) {
      const expression = express(branch, side);
      return expression.compound && union.branches.length > 1
        ? ["(", ...expression.pieces, ")"]
        : expression.pieces;
    }
    // The names of the other branches are there to be asked for, and never have a value.
    const others = named
      .filter((other) => other !== branch)
      .flatMap((other): Piece[] => ["; readonly ", key(branchName(other)), "?: never"]);
    return ["{ readonly ", key(branchName(branch)), ": ", ...typeExpression(branch, side), ...others, " }"];
  });
  return named.length < union.branches.length ? [...members, ["null"]] : members;
}

/** True when what an encoder takes differs from what a decoder gives: a default somewhere within. */
export function hasWriteType(schema: AvroSchema, seen: Set<NamedSchema> = new Set()): boolean {
  switch (schema.kind) {
    case "record":
      return recordHasWriteType(schema, seen);
    case "array":
      return hasWriteType(schema.items, seen);
    case "map":
      return hasWriteType(schema.values, seen);
    case "union":
      return schema.branches.some((branch) => hasWriteType(branch, seen));
    default:
      return false;
  }
}

function recordHasWriteType(record: RecordSchema, seen: Set<NamedSchema>): boolean {
  if (seen.has(record)) return false;
  seen.add(record);
  return record.fields.some((field) => isOptionalField(field) || hasWriteType(field.type, seen));
}
