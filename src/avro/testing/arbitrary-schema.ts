/**
 * fast-check arbitraries: any schema, and any value of a schema as the codec takes and gives it.
 */
import fc from "fast-check";
import { type AvroSchema, branchName } from "../model.ts";
import { isWrappedUnion } from "../union-shape.ts";

const primitive = fc.constantFrom("null", "boolean", "int", "long", "float", "double", "bytes", "string");
const namespace = fc.constantFrom(undefined, "a", "a.b");

interface Draft {
  readonly json: unknown;
}

/**
 * The JSON of a schema of every kind, nested at most `depth` deep, without defaults. Names are unique.
 */
export function arbitrarySchemaJson(depth = 3): fc.Arbitrary<unknown> {
  return fc
    .letrec<{ node: Draft; leaf: Draft }>((tie) => ({
      leaf: fc.oneof(
        { weight: 6, arbitrary: primitive.map((json): Draft => ({ json })) },
        fc
          .record({ size: fc.nat(5), namespace })
          .map(({ size, namespace }): Draft => ({ json: named({ type: "fixed", size }, namespace) })),
        fc.record({ count: fc.integer({ min: 1, max: 4 }), namespace }).map(
          ({ count, namespace }): Draft => ({
            json: named({ type: "enum", symbols: ["A", "B", "C", "D"].slice(0, count) }, namespace),
          }),
        ),
      ),
      node: fc.oneof(
        { depthSize: "small", maxDepth: depth },
        { weight: 2, arbitrary: tie("leaf") },
        tie("node").map(({ json }): Draft => ({ json: { type: "array", items: json } })),
        tie("node").map(({ json }): Draft => ({ json: { type: "map", values: json } })),
        fc
          .uniqueArray(tie("node"), { minLength: 1, maxLength: 4, selector: branchKey })
          .map((branches): Draft => ({ json: branches.filter(isNoUnion).map(({ json }) => json) }))
          .filter(({ json }) => (json as unknown[]).length > 0),
        fc.record({ types: fc.array(tie("node"), { maxLength: 4 }), namespace }).map(
          ({ types, namespace }): Draft => ({
            json: named(
              { type: "record", fields: types.map(({ json }, index) => ({ name: `f${index}`, type: json })) },
              namespace,
            ),
          }),
        ),
      ),
    }))
    .node.map(({ json }) => withUniqueNames(json));
}

function named(type: object, space: string | undefined): object {
  return { ...type, name: "T", ...(space === undefined ? {} : { namespace: space }) };
}

function isNoUnion({ json }: Draft): boolean {
  return !Array.isArray(json);
}

let anonymous = 0;

/** Named types all get names of their own later, so they never clash. */
function branchKey({ json }: Draft): string {
  if (typeof json === "string") return json;
  const { type } = json as { readonly type?: string };
  return type === "array" || type === "map" ? type : `named ${anonymous++}`;
}

function withUniqueNames(root: unknown): unknown {
  let count = 0;
  const visit = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(visit);
    if (typeof json !== "object" || json === null) return json;
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(json)) copy[key] = key === "symbols" ? value : visit(value);
    if (copy.name === "T") copy.name = `T${count++}`;
    return copy;
  };
  return visit(root);
}

const text = fc.string({ unit: "binary", maxLength: 12 });
const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));

/**
 * Values of a schema. A record may hold itself only in an array or a map, which are empty below `depth` of them.
 * -0 is left out of ints and longs, since Avro has none.
 */
export function arbitraryValue(schema: AvroSchema, depth = 4): fc.Arbitrary<unknown> {
  switch (schema.kind) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "int":
      return fc.integer();
    case "long":
      return fc.oneof(fc.maxSafeInteger(), fc.integer());
    case "float":
      return fc.float();
    case "double":
      return fc.double();
    case "string":
      return text;
    case "bytes":
      return bytes(0, 8);
    case "fixed":
      return bytes(schema.size, schema.size);
    case "enum":
      return fc.constantFrom(...schema.symbols);
    case "array":
      if (depth === 0) return fc.constant([]);
      return fc.array(arbitraryValue(schema.items, depth - 1), { maxLength: 4 });
    case "map":
      if (depth === 0) return fc.constant({});
      return fc.dictionary(
        fc.oneof(text, fc.constant("__proto__")),
        arbitraryValue(schema.values, depth - 1),
        {
          maxKeys: 3,
          noNullPrototype: true,
        },
      );
    case "union":
      return fc.oneof(
        ...schema.branches.map((branch) =>
          isWrappedUnion(schema) && branch.kind !== "null"
            ? arbitraryValue(branch, depth).map((value) => ({ [branchName(branch)]: value }))
            : arbitraryValue(branch, depth),
        ),
      );
    case "record":
      return fc.record(
        Object.fromEntries(schema.fields.map((field) => [field.name, arbitraryValue(field.type, depth)])),
        { noNullPrototype: true },
      );
  }
}
