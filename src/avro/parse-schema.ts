/**
 * JSON to schema model, with every rule that a registry holds a schema to (Avro specification 1.12, "Schema
 * Declaration" and "Names"; where it leaves room, the Java implementation's way).
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { isAcceptedDefault } from "./default-value.ts";
import { AvroError } from "./error.ts";
import { parseJsonText } from "./json-text.ts";
import {
  type AvroSchema,
  branchName,
  type EnumSchema,
  type FullName,
  fullNameText,
  isNamed,
  type JsonValue,
  type NamedSchema,
  type PrimitiveKind,
  primitiveKinds,
  type RecordField,
  type RecordSchema,
  type SchemaProps,
} from "./model.ts";
import { childPointer, describePointer } from "./pointer.ts";

export interface ParseSchemaOptions {
  /** Schemas whose named types may be used by name. */
  readonly references?: readonly AvroSchema[];
}

/** @throws {AvroError} `not-json` with line and column, `invalid-schema` with a JSON pointer in `details.path`. */
export function parseSchemaText(text: string, options: ParseSchemaOptions = {}): AvroSchema {
  return parseSchema(parseJsonText(text), options);
}

/** @throws {AvroError} `invalid-schema` with a JSON pointer in `details.path`, and `details.unknownNames`, the full
 * names that would have done, when a type is not defined. */
export function parseSchema(json: unknown, options: ParseSchemaOptions = {}): AvroSchema {
  const parser = new SchemaParser();
  for (const reference of options.references ?? []) parser.declare(reference);
  return parser.parse(json, { path: "", namespace: null });
}

/** Every named type in the schema, each once, in the order of definition. */
export function namedTypesOf(schema: AvroSchema): NamedSchema[] {
  const found = new Set<NamedSchema>();
  const visit = (type: AvroSchema): void => {
    if (isNamed(type)) {
      if (found.has(type)) return;
      found.add(type);
    }
    if (type.kind === "record") for (const field of type.fields) visit(field.type);
    else if (type.kind === "array") visit(type.items);
    else if (type.kind === "map") visit(type.values);
    else if (type.kind === "union") for (const branch of type.branches) visit(branch);
  };
  visit(schema);
  return [...found];
}

/** Unions count too. All that walks over a schema calls itself for each level. */
const maxDepth = 500;
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const primitives: ReadonlySet<string> = new Set(primitiveKinds);
const reservedInSchema: ReadonlySet<string> = new Set([
  "type",
  "name",
  "namespace",
  "doc",
  "aliases",
  "fields",
  "symbols",
  "items",
  "values",
  "size",
]);
const reservedInEnum: ReadonlySet<string> = new Set([...reservedInSchema, "default"]);
const reservedInField: ReadonlySet<string> = new Set(["name", "type", "doc", "default", "order", "aliases"]);

interface Place {
  readonly path: string;
  /** The namespace that encloses this place: short names are looked up in it. */
  readonly namespace: string | null;
}

function fail(path: string, reason: string, details: Record<string, unknown> = {}): never {
  throw new AvroError("invalid-schema", `not an Avro schema, at ${describePointer(path)}: ${reason}`, {
    details: { path, reason, ...details },
  });
}

/** True for the names that no schema may define. */
export function isPrimitiveKind(text: string): text is PrimitiveKind {
  return primitives.has(text);
}

class SchemaParser {
  private readonly names = new Map<string, NamedSchema>();
  private depth = 0;

  declare(schema: AvroSchema): void {
    for (const type of namedTypesOf(schema)) this.names.set(fullNameText(type.fullName), type);
  }

  parse(json: unknown, place: Place): AvroSchema {
    if (typeof json === "string") return this.lookUp(json, place);
    // The place itself would be a text as long as the nesting is deep.
    if (this.depth === maxDepth) fail("", `types are nested more than ${maxDepth} deep`);
    this.depth += 1;
    const type = this.parseAny(json, place);
    this.depth -= 1;
    return type;
  }

  private parseAny(json: unknown, place: Place): AvroSchema {
    if (Array.isArray(json)) return this.parseUnion(json, place);
    if (!isJsonObject(json)) fail(place.path, `a schema is a name, an object or an array, not ${show(json)}`);
    return this.parseObject(json, place);
  }

  private lookUp(name: string, place: Place): AvroSchema {
    if (isPrimitiveKind(name)) return { kind: name, props: {} };
    const candidates = candidatesOf(name, place.namespace);
    const found = candidates.map((candidate) => this.names.get(candidate)).find((type) => type !== undefined);
    if (found === undefined) {
      const details = { unknownNames: candidates };
      fail(place.path, `no type named ${show(name)} is defined before this place`, details);
    }
    return found;
  }

  private parseUnion(json: readonly unknown[], place: Place): AvroSchema {
    const seen = new Set<string>();
    const branches = json.map((item, index) => {
      const path = childPointer(place.path, index);
      const branch = this.parse(item, { ...place, path });
      if (branch.kind === "union") fail(path, "a union cannot hold a union directly");
      const name = branchName(branch);
      if (seen.has(name)) fail(path, `the union has ${show(name)} twice`);
      seen.add(name);
      return branch;
    });
    return { kind: "union", branches, props: {} };
  }

  private parseObject(json: JsonObject, place: Place): AvroSchema {
    const { type } = json;
    if (type === undefined) fail(place.path, 'the attribute "type" is missing');
    const typePath = childPointer(place.path, "type");
    if (typeof type !== "string") fail(typePath, `"type" of a schema is a text, not ${show(type)}`);
    switch (type) {
      case "record":
      case "error":
        return this.parseRecord(json, place, type === "error");
      case "enum":
        return this.parseEnum(json, place);
      case "fixed":
        return this.parseFixed(json, place);
      case "array": {
        if (json.items === undefined) fail(place.path, 'an array needs "items"');
        const items = this.parse(json.items, { ...place, path: childPointer(place.path, "items") });
        return { kind: "array", items, ...attributesOf(json, reservedInSchema) };
      }
      case "map": {
        if (json.values === undefined) fail(place.path, 'a map needs "values"');
        const values = this.parse(json.values, { ...place, path: childPointer(place.path, "values") });
        return { kind: "map", values, ...attributesOf(json, reservedInSchema) };
      }
      default:
        if (isPrimitiveKind(type)) return { kind: type, ...attributesOf(json, reservedInSchema) };
        return this.lookUp(type, { ...place, path: typePath });
    }
  }

  private parseRecord(json: JsonObject, place: Place, isError: boolean): RecordSchema {
    const head = parseHead(json, place);
    const fields: RecordField[] = [];
    const record: RecordSchema = {
      kind: "record",
      ...head,
      isError,
      fields,
      ...attributesOf(json, reservedInSchema),
    };
    this.define(record, place);
    const listPath = childPointer(place.path, "fields");
    const list = json.fields;
    if (!Array.isArray(list))
      fail(list === undefined ? place.path : listPath, 'a record needs "fields", a list');
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const path = childPointer(listPath, index);
      const field = this.parseField(item, { path, namespace: head.fullName.namespace });
      if (seen.has(field.name))
        fail(childPointer(path, "name"), `the record has the field ${show(field.name)} twice`);
      seen.add(field.name);
      fields.push(field);
    }
    return record;
  }

  private parseField(json: unknown, place: Place): RecordField {
    if (!isJsonObject(json)) fail(place.path, `a field is an object, not ${show(json)}`);
    const name = parseName(json.name, childPointer(place.path, "name"), "field");
    if (json.type === undefined) fail(place.path, `the field ${show(name)} has no "type"`);
    const type = this.parse(json.type, { ...place, path: childPointer(place.path, "type") });
    const field = {
      name,
      type,
      ...docOf(json),
      aliases: parseAliasTexts(json, place),
      ...orderOf(json, place),
      props: propsOf(json, reservedInField),
    };
    if (json.default === undefined) return field;
    const value = numberDefault(type, json.default);
    if (!isAcceptedDefault(type, value)) {
      const of = type.kind === "union" ? "any branch of the union" : `the type ${show(branchName(type))}`;
      fail(childPointer(place.path, "default"), `the default ${show(value)} is not a value of ${of}`);
    }
    return { ...field, default: value as JsonValue };
  }

  private parseEnum(json: JsonObject, place: Place): EnumSchema {
    const head = parseHead(json, place);
    const list = json.symbols;
    const listPath = childPointer(place.path, "symbols");
    if (!Array.isArray(list))
      fail(list === undefined ? place.path : listPath, 'an enum needs "symbols", a list');
    const symbols = list.map((item: unknown, index) =>
      parseName(item, childPointer(listPath, index), "symbol"),
    );
    const seen = new Set<string>();
    const twice = symbols.findIndex((symbol) => seen.size === seen.add(symbol).size);
    if (twice !== -1)
      fail(childPointer(listPath, twice), `the enum has the symbol ${show(symbols[twice])} twice`);
    const fallback = json.default;
    if (fallback !== undefined && !symbols.includes(fallback as string)) {
      fail(childPointer(place.path, "default"), `the default ${show(fallback)} is not one of the symbols`);
    }
    const schema: EnumSchema = {
      kind: "enum",
      ...head,
      symbols,
      ...(fallback === undefined ? {} : { default: fallback as string }),
      ...attributesOf(json, reservedInEnum),
    };
    this.define(schema, place);
    return schema;
  }

  private parseFixed(json: JsonObject, place: Place): NamedSchema {
    const head = parseHead(json, place);
    const size = json.size;
    if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
      const path = size === undefined ? place.path : childPointer(place.path, "size");
      fail(path, 'a fixed needs "size", a whole number of bytes from 0 to 2147483647');
    }
    const schema: NamedSchema = { kind: "fixed", ...head, size, ...attributesOf(json, reservedInSchema) };
    this.define(schema, place);
    return schema;
  }

  private define(schema: NamedSchema, place: Place): void {
    const name = fullNameText(schema.fullName);
    const path = childPointer(place.path, "name");
    if (primitives.has(name)) fail(path, `${show(name)} is the name of a primitive type`);
    if (this.names.has(name)) fail(path, `the name ${show(name)} is already taken`);
    this.names.set(name, schema);
  }
}

/** The full names that a reference may mean, the first of them before the second. */
function candidatesOf(name: string, namespace: string | null): string[] {
  if (name.includes(".")) return [name.startsWith(".") ? name.slice(1) : name];
  return namespace === null ? [name] : [`${namespace}.${name}`, name];
}

function parseHead(json: JsonObject, place: Place) {
  const fullName = parseFullName(json, place);
  const aliases = parseAliasTexts(json, place).map((text) => splitName(text, fullName.namespace));
  return { fullName, ...docOf(json), aliases };
}

/** A dotted name is full by itself; else the attribute "namespace", else the enclosing one. */
function parseFullName(json: JsonObject, place: Place): FullName {
  const { name, namespace } = json;
  if (name === undefined) fail(place.path, `${article(json.type)} needs a "name"`);
  const path = childPointer(place.path, "name");
  if (typeof name !== "string") fail(path, `a name is a text, not ${show(name)}`);
  if (namespace !== undefined && namespace !== null && typeof namespace !== "string") {
    fail(childPointer(place.path, "namespace"), `a namespace is a text, not ${show(namespace)}`);
  }
  const fullName = splitName(name, namespace ?? place.namespace);
  parseName(fullName.name, path, "type");
  for (const part of fullName.namespace?.split(".") ?? []) {
    if (!namePattern.test(part)) {
      fail(
        name.includes(".") ? path : childPointer(place.path, "namespace"),
        `${show(fullName.namespace)} is not a namespace: names of [A-Za-z_][A-Za-z0-9_]* joined by dots`,
      );
    }
  }
  return fullName;
}

function splitName(text: string, namespace: string | null): FullName {
  const dot = text.lastIndexOf(".");
  const space = dot === -1 ? namespace : text.slice(0, dot);
  return { name: text.slice(dot + 1), namespace: space === "" ? null : space };
}

function parseName(value: unknown, path: string, what: string): string {
  if (value === undefined) fail(path.slice(0, path.lastIndexOf("/")), `a ${what} needs a "name"`);
  if (typeof value !== "string" || !namePattern.test(value)) {
    fail(path, `${show(value)} is not a name of a ${what}: [A-Za-z_][A-Za-z0-9_]*`);
  }
  return value;
}

function parseAliasTexts(json: JsonObject, place: Place): string[] {
  const { aliases } = json;
  if (aliases === undefined || aliases === null) return [];
  const path = childPointer(place.path, "aliases");
  if (!Array.isArray(aliases)) fail(path, `"aliases" is a list of names, not ${show(aliases)}`);
  const texts = aliases.map((alias: unknown, index) => {
    if (typeof alias !== "string") fail(childPointer(path, index), `an alias is a name, not ${show(alias)}`);
    return alias;
  });
  return [...new Set(texts)];
}

function orderOf(json: JsonObject, place: Place): Pick<RecordField, "order"> {
  if (json.order === undefined) return {};
  const order = String(json.order).toLowerCase();
  if (order === "ascending" || order === "descending" || order === "ignore") return { order };
  return fail(
    childPointer(place.path, "order"),
    `"order" is ascending, descending or ignore, not ${show(json.order)}`,
  );
}

/** A doc that is no text says nothing. */
function docOf(json: JsonObject): { doc?: string } {
  return typeof json.doc === "string" ? { doc: json.doc } : {};
}

function attributesOf(
  json: JsonObject,
  reserved: ReadonlySet<string>,
): { logicalType?: string; props: SchemaProps } {
  const { logicalType } = json;
  const props = propsOf(json, reserved);
  return typeof logicalType === "string" ? { logicalType, props } : { props };
}

function propsOf(json: JsonObject, reserved: ReadonlySet<string>): SchemaProps {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !reserved.has(key))) as SchemaProps;
}

/** Java reads a text as a number where a float or double is wanted. */
function numberDefault(type: AvroSchema, value: unknown): unknown {
  if ((type.kind !== "float" && type.kind !== "double") || typeof value !== "string") return value;
  const number = Number(value);
  return value.trim() === "" || !Number.isFinite(number) ? value : number;
}

function article(type: unknown): string {
  return `${/^[aeiou]/.test(String(type)) ? "an" : "a"} ${String(type)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
