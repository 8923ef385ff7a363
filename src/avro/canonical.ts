/**
 * Two texts of a schema: the Parsing Canonical Form (Avro specification, "Transforming into Parsing Canonical Form"),
 * which tells whether two schemas write the same bytes, and the text a registry keeps, which loses nothing.
 */
import { type AvroSchema, type FullName, fullNameText, type NamedSchema, type RecordField } from "./model.ts";

/** Only what decides about the bytes: full names, no docs, defaults, aliases or logical types. */
export function toParsingCanonicalForm(schema: AvroSchema): string {
  const defined = new Set<string>();
  const print = (type: AvroSchema): string => {
    switch (type.kind) {
      case "array":
        return `{"type":"array","items":${print(type.items)}}`;
      case "map":
        return `{"type":"map","values":${print(type.values)}}`;
      case "union":
        return `[${type.branches.map(print).join(",")}]`;
      case "record":
      case "enum":
      case "fixed":
        return printNamed(type);
      default:
        return `"${type.kind}"`;
    }
  };
  const printNamed = (type: NamedSchema): string => {
    const name = fullNameText(type.fullName);
    if (defined.has(name)) return `"${name}"`;
    defined.add(name);
    const head = `{"name":"${name}","type":"${type.kind}"`;
    switch (type.kind) {
      case "record":
        return `${head},"fields":[${type.fields
          .map((field) => `{"name":"${field.name}","type":${print(field.type)}}`)
          .join(",")}]}`;
      case "enum":
        return `${head},"symbols":[${type.symbols.map((symbol) => `"${symbol}"`).join(",")}]}`;
      case "fixed":
        return `${head},"size":${type.size}}`;
    }
  };
  return print(schema);
}

/**
 * The schema as Java's `Schema.toString` prints it, which is what Confluent's registry stores: docs, defaults, aliases
 * and unknown attributes kept, redundant namespaces dropped, attributes in one order.
 */
export function toSchemaText(schema: AvroSchema): string {
  return JSON.stringify(toSchemaJson(schema));
}

/** The JSON value that `toSchemaText` prints. */
export function toSchemaJson(schema: AvroSchema): unknown {
  return new JavaForm().of(schema, null);
}

class JavaForm {
  private readonly defined = new Map<string, NamedSchema>();

  of(type: AvroSchema, namespace: string | null): unknown {
    switch (type.kind) {
      case "array":
        return { type: "array", items: this.of(type.items, namespace), ...type.props };
      case "map":
        return { type: "map", values: this.of(type.values, namespace), ...type.props };
      case "union":
        return type.branches.map((branch) => this.of(branch, namespace));
      case "record":
      case "enum":
      case "fixed":
        return this.named(type, namespace);
      default:
        return Object.keys(type.props).length === 0 ? type.kind : { type: type.kind, ...type.props };
    }
  }

  private named(type: NamedSchema, namespace: string | null): unknown {
    const key = fullNameText(type.fullName);
    if (this.defined.get(key) === type) return relativeTo(type.fullName, namespace);
    this.defined.set(key, type);
    const head = {
      ...namespaceOf(type.fullName, namespace),
      ...(type.doc === undefined ? {} : { doc: type.doc }),
    };
    const inner = type.fullName.namespace;
    const tail = {
      ...type.props,
      ...(type.aliases.length === 0
        ? {}
        : { aliases: type.aliases.map((alias) => relativeTo(alias, inner)) }),
    };
    switch (type.kind) {
      case "record": {
        const fields = type.fields.map((field) => this.field(field, inner));
        return {
          type: type.isError ? "error" : "record",
          name: type.fullName.name,
          ...head,
          fields,
          ...tail,
        };
      }
      case "enum": {
        const fallback = type.default === undefined ? {} : { default: type.default };
        return {
          type: "enum",
          name: type.fullName.name,
          ...head,
          symbols: type.symbols,
          ...fallback,
          ...tail,
        };
      }
      case "fixed":
        return { type: "fixed", name: type.fullName.name, ...head, size: type.size, ...tail };
    }
  }

  private field(field: RecordField, namespace: string | null): unknown {
    return {
      name: field.name,
      type: this.of(field.type, namespace),
      ...(field.doc === undefined ? {} : { doc: field.doc }),
      ...(field.default === undefined ? {} : { default: field.default }),
      ...(field.order === undefined || field.order === "ascending" ? {} : { order: field.order }),
      ...(field.aliases.length === 0 ? {} : { aliases: field.aliases }),
      ...field.props,
    };
  }
}

function relativeTo(name: FullName, namespace: string | null): string {
  return name.namespace === null || name.namespace === namespace ? name.name : fullNameText(name);
}

function namespaceOf(name: FullName, enclosing: string | null): { namespace?: string } {
  if (name.namespace === enclosing) return {};
  return { namespace: name.namespace ?? "" };
}
