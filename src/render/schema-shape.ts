/**
 * What rendering needs to know of an Avro schema, read from its JSON text: kinds, field order, names of union
 * branches and logical types (Avro 1.12 specification). Aliases, defaults and docs play no part in showing a value.
 */
import { describeCause } from "../kernel/error.ts";
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { RenderError } from "./error.ts";
import { type Logical, readLogical } from "./logical.ts";

export type PrimitiveKind = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
}

/** A schema as rendering sees it. Recursive schemas are cyclic: the same object again. */
export type Shape =
  | { readonly kind: PrimitiveKind; readonly logical: Logical | null }
  | { readonly kind: "record"; readonly name: string; readonly fields: readonly FieldShape[] }
  | { readonly kind: "enum"; readonly name: string }
  | { readonly kind: "fixed"; readonly name: string; readonly logical: Logical | null }
  | { readonly kind: "array"; readonly items: Shape }
  | { readonly kind: "map"; readonly values: Shape }
  | {
      readonly kind: "union";
      readonly branches: readonly Shape[];
      /** True when decoded values are `{branch name: value}`: two branches look alike in JavaScript. */
      readonly wrapped: boolean;
    };

export type RecordShape = Extract<Shape, { kind: "record" }>;

const primitives: ReadonlySet<string> = new Set<PrimitiveKind>([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);

function isPrimitive(name: unknown): name is PrimitiveKind {
  return typeof name === "string" && primitives.has(name);
}

/** The name of a union branch in Avro's JSON encoding: a full name, or the kind of a type without a name. */
export function branchName(shape: Shape): string {
  return "name" in shape ? shape.name : shape.kind;
}

type Scope = { readonly named: Map<string, Shape>; readonly namespace: string };

function fail(path: string, rule: string): never {
  throw new RenderError("invalid-schema", `cannot show records of this schema: ${path} ${rule}`, {
    details: { path },
  });
}

function fullNameOf(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}

function readNamed(json: JsonObject, scope: Scope, path: string): { fullName: string; inner: Scope } {
  if (typeof json.name !== "string" || json.name === "") fail(`${path}/name`, "must be a name");
  const namespace = typeof json.namespace === "string" ? json.namespace : scope.namespace;
  const fullName = fullNameOf(json.name, namespace);
  return { fullName, inner: { named: scope.named, namespace: namespaceOf(fullName) } };
}

function readRecord(json: JsonObject, scope: Scope, path: string): Shape {
  const { fullName, inner } = readNamed(json, scope, path);
  const fields: FieldShape[] = [];
  const shape: Shape = { kind: "record", name: fullName, fields };
  // Known before its fields are read, since they may name it.
  scope.named.set(fullName, shape);
  if (!Array.isArray(json.fields)) fail(`${path}/fields`, "must be an array");
  for (const [index, field] of (json.fields as readonly unknown[]).entries()) {
    const fieldPath = `${path}/fields/${index}`;
    if (!isJsonObject(field) || typeof field.name !== "string")
      fail(fieldPath, "must be a field with a name");
    fields.push({ name: field.name, shape: readType(field.type, inner, `${fieldPath}/type`) });
  }
  return shape;
}

/** Branches that one JavaScript type stands for: their values would be ambiguous without the branch's name. */
function bucketOf(shape: Shape): string {
  switch (shape.kind) {
    case "int":
    case "long":
    case "float":
    case "double":
      return "number";
    case "bytes":
    case "fixed":
      return "buffer";
    case "string":
    case "enum":
      return "text";
    case "record":
    case "map":
      return "object";
    default:
      return shape.kind;
  }
}

function readUnion(json: readonly unknown[], scope: Scope, path: string): Shape {
  const branches = json.map((branch, index) => readType(branch, scope, `${path}/${index}`));
  return { kind: "union", branches, wrapped: new Set(branches.map(bucketOf)).size < branches.length };
}

function readType(json: unknown, scope: Scope, path: string): Shape {
  if (typeof json === "string") {
    if (isPrimitive(json)) return { kind: json, logical: null };
    const named = scope.named.get(fullNameOf(json, scope.namespace)) ?? scope.named.get(json);
    return named ?? fail(path, `names an unknown type, ${JSON.stringify(json)}`);
  }
  if (Array.isArray(json)) return readUnion(json, scope, path);
  if (!isJsonObject(json)) fail(path, "must be a name, an object or an array");
  const { type } = json;
  if (isPrimitive(type)) return { kind: type, logical: readLogical(json, type) };
  switch (type) {
    case "record":
    case "error":
      return readRecord(json, scope, path);
    case "enum": {
      const shape: Shape = { kind: "enum", name: readNamed(json, scope, path).fullName };
      scope.named.set(shape.name, shape);
      return shape;
    }
    case "fixed": {
      const name = readNamed(json, scope, path).fullName;
      const shape: Shape = { kind: "fixed", name, logical: readLogical(json, "fixed") };
      scope.named.set(name, shape);
      return shape;
    }
    case "array":
      return { kind: "array", items: readType(json.items, scope, `${path}/items`) };
    case "map":
      return { kind: "map", values: readType(json.values, scope, `${path}/values`) };
    default:
      // `{"type": {...}}` and `{"type": "Name"}` are other ways to write the inner type.
      return readType(type, scope, `${path}/type`);
  }
}

/**
 * Reads a schema's JSON text, such as `TypedSchema.json`.
 * Throws RenderError `invalid-schema` with `details.path`, a JSON pointer.
 */
export function parseShape(schemaText: string): Shape {
  let json: unknown;
  try {
    json = JSON.parse(schemaText);
  } catch (cause) {
    // A bare primitive may be written without quotes, as registries accept it.
    if (isPrimitive(schemaText)) return { kind: schemaText, logical: null };
    throw new RenderError("invalid-schema", `the schema is not JSON: ${describeCause(cause)}`, {
      details: { path: "" },
      cause,
    });
  }
  return readType(json, { named: new Map(), namespace: "" }, "");
}
