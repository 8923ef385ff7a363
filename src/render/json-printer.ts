/**
 * From a schema's shape to a function that prints its values as JSON, made once and called for each record.
 * How leaves and unions look is the caller's style: `json` and `avro-json` share everything else.
 */
import { failMismatch } from "./error.ts";
import { branchName, type RecordShape, type Shape } from "./schema-shape.ts";
import { createBranchPicker } from "./union.ts";

/** Text of a value; throws RenderError `value-mismatch`. */
export type Print = (value: unknown) => string;

export type LeafShape = Exclude<Shape, { kind: "record" | "array" | "map" | "union" }>;

export interface JsonStyle {
  /** `path` says where the value stands, for errors. */
  leaf(shape: LeafShape, path: string): Print;
  /** JSON of a union's value: its branch's name and its JSON in; never called for null. */
  branch(name: string, json: string): string;
}

function createRecordPrinter(shape: RecordShape, style: JsonStyle, known: Map<Shape, Print>): Print {
  const names: string[] = [];
  const heads: string[] = [];
  const prints: Print[] = [];
  const printRecord: Print = (value) => {
    if (typeof value !== "object" || value === null) failMismatch(shape.name, "a record", value);
    const record = value as Readonly<Record<string, unknown>>;
    let json = "";
    for (let index = 0; index < names.length; index += 1) {
      // The three arrays have one length; `as` spares the hot loop checks that cannot fail.
      const print = prints[index] as Print;
      json += (heads[index] as string) + print(record[names[index] as string]);
    }
    return names.length === 0 ? "{}" : `${json}}`;
  };
  // Known before its fields are compiled, since they may hold the same record.
  known.set(shape, printRecord);
  for (const [index, field] of shape.fields.entries()) {
    names.push(field.name);
    heads.push(`${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`);
    prints.push(compile(field.shape, style, known, `${shape.name}.${field.name}`));
  }
  return printRecord;
}

function createUnionPrinter(
  shape: Extract<Shape, { kind: "union" }>,
  style: JsonStyle,
  known: Map<Shape, Print>,
  path: string,
): Print {
  const names = shape.branches.map(branchName);
  const prints = shape.branches.map((branch) => compile(branch, style, known, path));
  const nullable = names.includes("null");
  const pick = createBranchPicker(shape);
  const [only, ...others] = shape.branches.flatMap((branch, index) =>
    branch.kind === "null" ? [] : [index],
  );
  const expected = `one of ${names.join(", ")}`;
  const print = (index: number, value: unknown): string =>
    style.branch(names[index] ?? "", prints[index]?.(value) ?? "");
  return (value) => {
    if (value === null && nullable) return "null";
    if (only !== undefined && others.length === 0) return print(only, value);
    const picked = pick(value) ?? failMismatch(path, expected, value);
    return print(picked.index, picked.value);
  };
}

function compile(shape: Shape, style: JsonStyle, known: Map<Shape, Print>, path: string): Print {
  const done = known.get(shape);
  if (done !== undefined) return done;
  switch (shape.kind) {
    case "record":
      return createRecordPrinter(shape, style, known);
    case "array": {
      const print = compile(shape.items, style, known, `${path}[]`);
      return (value) => {
        if (!Array.isArray(value)) failMismatch(path, "an array", value);
        return `[${value.map((item) => print(item)).join(",")}]`;
      };
    }
    case "map": {
      const print = compile(shape.values, style, known, `${path}{}`);
      return (value) => {
        if (typeof value !== "object" || value === null) failMismatch(path, "a map", value);
        const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${print(item)}`);
        return `{${entries.join(",")}}`;
      };
    }
    case "union":
      return createUnionPrinter(shape, style, known, path);
    default:
      return style.leaf(shape, path);
  }
}

/** Compiles a printer of JSON text without line breaks. `path` is where the shape stands, for errors. */
export function createJsonPrinter(shape: Shape, style: JsonStyle, path = branchName(shape)): Print {
  return compile(shape, style, new Map(), path);
}
