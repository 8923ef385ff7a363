/**
 * Every way a TypeScript file can name another module, read from its syntax tree (swc's parser).
 *
 * TypeScript 7 has no stable compiler API in JavaScript, and the tools built on the old one cannot tell
 * `import("./x.ts")` as a type from the same as a value, nor run beside TypeScript 7 at all.
 */
import { parseSync } from "@swc/core";

export interface FoundImport {
  /** What is written between the quotes; null when it is computed and cannot be known before it runs. */
  readonly specifier: string | null;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

// A value and not an argument, since swc's own types do not list `explicitResourceManagement` (`await using`).
const parserOptions = { syntax: "typescript", target: "es2022", explicitResourceManagement: true } as const;

/**
 * Imports in the order of the text: `import`, `export … from`, `import()`, `require()`, `import x = require()`,
 * `import("…")` types, and `new URL("….ts", import.meta.url)` (how a worker's file is named).
 *
 * `import { type A } from "./a.ts"` counts as a run-time import: under `verbatimModuleSyntax` it still loads a.ts.
 * Throws an Error with swc's message when the text is not TypeScript.
 */
export function readImports(text: string): FoundImport[] {
  // The empty statement shows where swc's offsets begin; a hashbang would have to come before it.
  const source = `;${text.replace(/^#!/, "//")}`;
  const bytes = Buffer.from(source);
  const module: unknown = parseSync(source, parserOptions);
  const base = startOf(firstOf(fieldOf(module, "body")));
  const found: FoundImport[] = [];

  const add = (node: Node, specifier: string | null, typeOnly: boolean) => {
    const line = countLines(bytes, startOf(node) - base);
    found.push({ specifier, typeOnly, line });
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (!isNode(value)) return;
    readNode(value, add);
    for (const child of Object.values(value)) if (typeof child === "object" && child !== null) visit(child);
  };
  visit(module);
  return found;
}

type Node = { readonly [key: string]: unknown };
type Add = (node: Node, specifier: string | null, typeOnly: boolean) => void;

function readNode(node: Node, add: Add): void {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
      if (isNode(node.source)) add(node, literalOf(node.source), node.typeOnly === true);
      return;
    case "TsImportType":
      add(node, literalOf(node.argument), true);
      return;
    case "TsImportEqualsDeclaration": {
      const reference = node.moduleRef;
      if (isNode(reference) && reference.type === "TsExternalModuleReference") {
        add(node, literalOf(reference.expression), node.isTypeOnly === true);
      }
      return;
    }
    case "CallExpression": {
      const callee = node.callee;
      const dynamic = isNode(callee) && callee.type === "Import";
      const required = isNode(callee) && callee.type === "Identifier" && String(callee.value) === "require";
      if (dynamic || required) add(node, literalOf(argumentOf(node)), false);
      return;
    }
    case "NewExpression": {
      const callee = node.callee;
      const specifier = literalOf(argumentOf(node));
      const isUrl = isNode(callee) && callee.type === "Identifier" && callee.value === "URL";
      if (isUrl && specifier !== null && /^\.{1,2}\/.*\.[cm]?[jt]s$/.test(specifier))
        add(node, specifier, false);
      return;
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldOf(value: unknown, name: string): unknown {
  return isNode(value) ? value[name] : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function argumentOf(call: Node): unknown {
  return fieldOf(firstOf(call.arguments), "expression");
}

function startOf(node: unknown): number {
  const start = fieldOf(fieldOf(node, "span"), "start");
  return typeof start === "number" ? start : 0;
}

function literalOf(value: unknown): string | null {
  const node = isNode(value) ? value : {};
  if (node.type === "StringLiteral" && typeof node.value === "string") return node.value;
  const quasis = node.quasis;
  if (node.type === "TemplateLiteral" && Array.isArray(quasis) && quasis.length === 1) {
    const cooked = fieldOf(quasis[0], "cooked");
    return typeof cooked === "string" ? cooked : null;
  }
  return null;
}

function countLines(bytes: Buffer, end: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < end; at = bytes.indexOf(0x0a, at + 1)) line++;
  return line;
}
