/**
 * `--print-schema`: a schema as Spark (4.1) prints a DataFrame's (`printSchema`), with the types that its Avro source makes
 * of Avro's. Where Spark refuses a schema, a record inside of itself, the tree says where it stands instead.
 */
import type { Logical } from "./logical.ts";
import { neutralize } from "./neutralize.ts";
import { parseShape, type Shape } from "./schema-shape.ts";

interface SparkType {
  /** `string`, `struct` */
  readonly name: string;
  /** Lines below it, without indentation. */
  readonly below: readonly string[];
}

const plainNames = {
  null: "void",
  boolean: "boolean",
  int: "integer",
  long: "long",
  float: "float",
  double: "double",
  bytes: "binary",
  string: "string",
  enum: "string",
  fixed: "binary",
} as const;

function logicalName(shape: Shape, logical: Logical): string | null {
  switch (logical.kind) {
    case "timestamp":
      if (logical.unit === "nanos") return null;
      return logical.zone === "" ? "timestamp_ntz" : "timestamp";
    case "date":
      return "date";
    case "decimal":
      return shape.kind === "bytes" || shape.kind === "fixed"
        ? `decimal(${logical.precision},${logical.scale})`
        : null;
    default:
      return null;
  }
}

function typeOf(shape: Shape, above: readonly Shape[]): SparkType {
  switch (shape.kind) {
    case "record": {
      if (above.includes(shape)) return { name: `struct (as ${neutralize(shape.name)} above)`, below: [] };
      const inner = [...above, shape];
      const below = shape.fields.flatMap(({ name, shape: field }) =>
        entry(neutralize(name), field, "nullable", inner),
      );
      return { name: "struct", below };
    }
    case "array":
      return { name: "array", below: entry("element", shape.items, "containsNull", above) };
    case "map":
      return {
        name: "map",
        below: ["|-- key: string", ...entry("value", shape.values, "valueContainsNull", above)],
      };
    case "union":
      return unionType(shape.branches, above);
    default: {
      const logical = "logical" in shape ? shape.logical : null;
      const name = logical === null ? null : logicalName(shape, logical);
      return { name: name ?? plainNames[shape.kind], below: [] };
    }
  }
}

/** One branch is its type, numbers are the wider of the two; others are a struct of members. */
function unionType(branches: readonly Shape[], above: readonly Shape[]): SparkType {
  const present = branches.filter(({ kind }) => kind !== "null");
  const [only, ...others] = present;
  if (only !== undefined && others.length === 0) return typeOf(only, above);
  const kinds = present
    .map(({ kind }) => kind)
    .sort()
    .join();
  if (kinds === "int,long") return { name: "long", below: [] };
  if (kinds === "double,float") return { name: "double", below: [] };
  const below = present.flatMap((branch, index) => {
    const { name, below: deeper } = typeOf(branch, above);
    return draw(`member${index}`, name, "nullable", true, deeper);
  });
  return { name: "struct", below };
}

function isNullable(shape: Shape): boolean {
  return shape.kind === "null" || (shape.kind === "union" && shape.branches.some(isNullable));
}

function entry(name: string, shape: Shape, word: string, above: readonly Shape[]): readonly string[] {
  const type = typeOf(shape, above);
  return draw(name, type.name, word, isNullable(shape), type.below);
}

function draw(
  name: string,
  type: string,
  word: string,
  nullable: boolean,
  below: readonly string[],
): readonly string[] {
  return [`|-- ${name}: ${type} (${word} = ${nullable})`, ...below.map((line) => `|    ${line}`)];
}

/**
 * The tree of a schema's JSON text, with the empty line that printSchema ends with. A schema that is no record has one
 * column, value. Throws RenderError `invalid-schema`.
 */
export function renderSchemaTree(schema: string): string {
  const shape = parseShape(schema);
  const lines = shape.kind === "record" ? typeOf(shape, []).below : entry("value", shape, "nullable", []);
  return `root\n${lines.map((line) => ` ${line}\n`).join("")}\n`;
}
