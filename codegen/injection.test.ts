import { describe, expect, test } from "@jest/globals";
import { type ModuleItem, parseSync, transformSync } from "@swc/core";
import fc from "fast-check";
import { findUnheldField } from "../src/avro/avsc-schema.ts";
import { toSchemaText } from "../src/avro/canonical.ts";
import { AvroError } from "../src/avro/error.ts";
import { namedTypesOf, parseSchema } from "../src/avro/parse-schema.ts";
import { arbitrarySchemaJson } from "../src/avro/testing/arbitrary-schema.ts";
import { generate } from "./generate.ts";

/** Texts that end what they stand in, one way or another. */
const hostileParts = [
  "*/",
  "/*",
  "//",
  "\n",
  "\r\n",
  "\u2028",
  "\u2029",
  '"',
  "'",
  "`",
  ["$", "{globalThis.broken = 1}"].join(""),
  "\\",
  "};",
  "globalThis.broken = 1;",
  "export const broken = 1;",
  "</script>",
  "\u202e",
  "\ud800",
  "\0",
  "__proto__",
  "constructor",
  "default",
];
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...hostileParts), fc.string({ unit: "binary", maxLength: 5 })), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));
const badWords =
  "Buffer TypedSchema constructor __proto__ default enum eval Record RecordInput Root RootSchema any void".split(
    " ",
  );
const hostileName = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(...badWords) },
  { weight: 1, arbitrary: hostileText },
);

/** A record of every place that a schema's author can write into. */
const hostileSchema = fc
  .record({
    name: hostileName,
    namespace: fc.oneof({ weight: 15, arbitrary: fc.constantFrom("a", "a.b") }, hostileText),
    doc: hostileText,
    alias: hostileText,
    field: hostileName,
    fieldDoc: hostileText,
    fallback: hostileText,
    symbol: hostileName,
    logicalType: hostileText,
    prop: hostileText,
    precision: hostileText,
    enumName: hostileName,
  })
  .map((part) => ({
    type: "record",
    name: part.name,
    namespace: part.namespace,
    doc: part.doc,
    aliases: [part.alias],
    [`x-${part.prop}`]: part.prop,
    fields: [
      { name: part.field, type: "string", doc: part.fieldDoc, default: part.fallback, "x-prop": part.prop },
      {
        name: "other",
        type: ["null", { type: "enum", name: part.enumName, symbols: [part.symbol], doc: part.doc }, "bytes"],
      },
      {
        name: "logical",
        type: { type: "bytes", logicalType: part.logicalType, precision: part.precision },
      },
      { name: "decimal", type: { type: "bytes", logicalType: "decimal", precision: part.precision } },
    ],
  }));

function isSchema(json: unknown): boolean {
  try {
    // What no codec holds is refused here, too.
    return findUnheldField(namedTypesOf(parseSchema(json))) === null;
  } catch (error) {
    if (error instanceof AvroError) return false;
    throw error;
  }
}

interface Declaration {
  readonly type: string;
  readonly name: string;
}

/** What stands at the top of a module; anything but an import or a declaration comes back by its kind. */
function topLevelOf(text: string): Declaration[] {
  return parseSync(text, { syntax: "typescript", target: "es2022" }).body.map(
    (item: ModuleItem): Declaration => {
      if (item.type === "ImportDeclaration") {
        return { type: item.typeOnly ? "import type" : "import", name: item.source.value };
      }
      if (item.type !== "ExportDeclaration") return { type: item.type, name: "" };
      const { declaration } = item;
      switch (declaration.type) {
        case "TsInterfaceDeclaration":
        case "TsTypeAliasDeclaration":
          return { type: "type", name: declaration.id.value };
        case "VariableDeclaration": {
          const [first, ...more] = declaration.declarations;
          const id = first?.id;
          if (id === undefined || id.type !== "Identifier" || more.length > 0)
            return { type: "variables", name: "" };
          return { type: declaration.kind, name: id.value };
        }
        default:
          return { type: declaration.type, name: "" };
      }
    },
  );
}

/** Runs a module and gives what it exports. */
function evaluate(text: string): Record<string, { readonly json?: string }> {
  const { code } = transformSync(text, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  const exports: Record<string, { readonly json?: string }> = {};
  new Function("exports", "globalThis", "require", code)(exports, Object.freeze({}), () => {
    throw new Error("the module requires another");
  });
  return exports;
}

describe("a schema cannot put code into what is generated", () => {
  const valid = hostileSchema.filter(isSchema);

  test("whatever its names, docs, defaults and attributes are", () => {
    fc.assert(
      fc.property(valid, (json) => {
        const [output] = generate({ files: [{ path: "root.avsc", text: JSON.stringify(json) }] });
        const declared = topLevelOf(output?.text ?? "");
        expect(declared.map(({ type }) => type)).toEqual([
          "import type",
          "type",
          "type",
          "const",
          "type",
          "const",
        ]);
        expect(new Set(declared.map(({ type, name }) => `${type} ${name}`)).size).toBe(declared.length);
        const constant = declared.at(-1)?.name ?? "";
        expect(evaluate(output?.text ?? "")[constant]?.json).toBe(toSchemaText(parseSchema(json)));
      }),
      { numRuns: 100 },
    );
  });

  test("whatever the path of its file and the runtime module are", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (path, runtime) => {
        const files = [{ path: `${path.replaceAll("/", "")}x.avsc`, text: '"string"' }];
        const [output] = generate({ files, runtime });
        expect(topLevelOf(output?.text ?? "").map(({ type }) => type)).toEqual([
          "import type",
          "type",
          "type",
          "const",
        ]);
      }),
      { numRuns: 60 },
    );
  });

  test("and every schema gives a module whose names are all different", () => {
    fc.assert(
      fc.property(arrayOfSchemas, (schemas) => {
        // Two files of one full name are refused, so that each gets a namespace of its own.
        const files = schemas.map((json, index) => ({
          path: `s${index}.avsc`,
          text: JSON.stringify(isNamedJson(json) ? { ...json, namespace: `s${index}` } : json),
        }));
        for (const { text } of generate({ files })) {
          const names = topLevelOf(text).map(({ type, name }) => `${type} ${name}`);
          expect(new Set(names).size).toBe(names.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});

const arrayOfSchemas = fc.array(arbitrarySchemaJson(), { minLength: 1, maxLength: 3 });

function isNamedJson(json: unknown): json is object {
  return typeof json === "object" && json !== null && "name" in json;
}
