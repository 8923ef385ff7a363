/**
 * An Avro schema as data, after every rule about names and defaults was checked (Avro specification 1.12, "Schema
 * Declaration"). Named types may be recursive: a reference is the same object as the definition.
 */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export const primitiveKinds = [
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
] as const;
export type PrimitiveKind = (typeof primitiveKinds)[number];

/** `namespace` is null for a name in no namespace, never "". */
export interface FullName {
  readonly name: string;
  readonly namespace: string | null;
}

/** Attributes that the specification does not reserve at that place, in the order written; `logicalType` is one. */
export type SchemaProps = { readonly [key: string]: JsonValue };

interface SchemaBase {
  /** The attribute `logicalType` when it is a string, whether or not it fits the type. Also in `props`. */
  readonly logicalType?: string;
  readonly props: SchemaProps;
}

export interface PrimitiveSchema extends SchemaBase {
  readonly kind: PrimitiveKind;
}

interface NamedBase extends SchemaBase {
  readonly fullName: FullName;
  readonly doc?: string;
  /** Already resolved against the type's namespace. */
  readonly aliases: readonly FullName[];
}

export interface RecordSchema extends NamedBase {
  readonly kind: "record";
  /** Declared as `error`: the same type, printed with that word. */
  readonly isError: boolean;
  readonly fields: readonly RecordField[];
}

export interface RecordField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly aliases: readonly string[];
  /** Present exactly when the schema has a default; a default of null is `null`, never undefined. */
  readonly default?: JsonValue;
  readonly order?: "ascending" | "descending" | "ignore";
  readonly props: SchemaProps;
}

export interface EnumSchema extends NamedBase {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  /** What a reader takes for a symbol it does not know; always one of `symbols`. */
  readonly default?: string;
}

export interface FixedSchema extends NamedBase {
  readonly kind: "fixed";
  /** Bytes. */
  readonly size: number;
}

export interface ArraySchema extends SchemaBase {
  readonly kind: "array";
  readonly items: AvroSchema;
}

export interface MapSchema extends SchemaBase {
  readonly kind: "map";
  readonly values: AvroSchema;
}

/** No branch is a union; two branches never have the same `branchName`. */
export interface UnionSchema extends SchemaBase {
  readonly kind: "union";
  readonly branches: readonly AvroSchema[];
}

export type NamedSchema = RecordSchema | EnumSchema | FixedSchema;
export type AvroSchema = PrimitiveSchema | NamedSchema | ArraySchema | MapSchema | UnionSchema;

export function isNamed(schema: AvroSchema): schema is NamedSchema {
  return schema.kind === "record" || schema.kind === "enum" || schema.kind === "fixed";
}

/** `namespace.name`, or the bare name when there is no namespace. */
export function fullNameText(name: FullName): string {
  return name.namespace === null ? name.name : `${name.namespace}.${name.name}`;
}

/** What tells one branch of a union from another: the full name of a named type, else the kind. */
export function branchName(schema: AvroSchema): string {
  return isNamed(schema) ? fullNameText(schema.fullName) : schema.kind;
}
