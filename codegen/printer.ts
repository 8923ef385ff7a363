/**
 * Pieces to text. The one place that quotes, escapes, and knows what has to be imported.
 */
import type { NamedSchema } from "../src/avro/model.ts";
import { type PlainOptions, printHead } from "./header.ts";
import type { Piece, Side, Statement } from "./pieces.ts";

export interface PrintOptions {
  /** Names the source of the module in its first line. */
  readonly source: string;
  readonly options: PlainOptions;
  readonly runtime: string;
  readonly statements: readonly Statement[];
  /** The name of a type here, and the module that it has to be imported from, if any. */
  readonly nameOf: (schema: NamedSchema, side: Side) => TypeName;
}

export interface TypeName {
  readonly local: string;
  readonly from?: { readonly module: string; readonly exported: string };
}

export function printModule(options: PrintOptions): string {
  const printer = new Printer(options);
  const body = options.statements.flatMap((statement) => printer.statement(statement));
  const head = printHead(escapeLine(options.source), options.options);
  return `${[...head, ...printer.imports(), "", ...body].join("\n")}\n`;
}

class Printer {
  private readonly options: PrintOptions;
  private usesRuntime = false;
  /** Module specifier to exported name to local name. */
  private readonly imported = new Map<string, Map<string, string>>();

  constructor(options: PrintOptions) {
    this.options = options;
  }

  statement(statement: Statement): string[] {
    switch (statement.kind) {
      case "blank":
        return [""];
      case "doc":
        return printDoc(statement.paragraphs, "  ".repeat(statement.indent));
      case "line":
        return ["  ".repeat(statement.indent) + statement.pieces.map((piece) => this.piece(piece)).join("")];
    }
  }

  imports(): string[] {
    const lines = [...this.imported]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([module, names]) => {
        const list = [...names]
          .sort(([left], [right]) => (left < right ? -1 : 1))
          .map(([exported, local]) => (exported === local ? exported : `${exported} as ${local}`));
        return `import type { ${list.join(", ")} } from ${printText(module, ['"'])};`;
      });
    if (this.usesRuntime)
      lines.unshift(`import type { TypedSchema } from ${printText(this.options.runtime, ['"'])};`);
    return lines;
  }

  private import(module: string, exported: string, local: string): void {
    const names = this.imported.get(module) ?? new Map<string, string>();
    this.imported.set(module, names.set(exported, local));
  }

  private piece(piece: Piece): string {
    if (typeof piece === "string") return piece;
    switch (piece.kind) {
      case "text":
        return printText(piece.value);
      case "key":
        return printKey(piece.name);
      case "runtime":
        this.usesRuntime = true;
        return "TypedSchema";
      case "type": {
        const { local, from } = this.options.nameOf(piece.schema, piece.side);
        if (from !== undefined) this.import(from.module, from.exported, local);
        return local;
      }
      case "foreign":
        this.import(piece.module, piece.exported, piece.local);
        return piece.local;
      case "typeof":
        return `typeof import(${printText(piece.module, ['"'])}).${piece.exported}`;
    }
  }
}

/** Controls, line ends, and marks of direction, as part of a character class. */
const unseen = "\\p{Cc}\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";

/** A string literal in the quotes, of those allowed, that need the fewest escapes. */
function printText(value: string, quotes: readonly string[] = ['"', "'", "`"]): string {
  const uses = quotes.map((quote) => value.split(quote).length);
  const quote = quotes[uses.indexOf(Math.min(...uses))] ?? '"';
  const body = value.replace(
    // Lone surrogates would not survive the way through UTF-8; U+2028 and U+2029 end a line for some tools; the
    // marks of direction make a text look like another.
    new RegExp(`[\\\\"'\`$\\p{Surrogate}${unseen}]`, "gu"),
    (unit) => {
      if (unit === '"' || unit === "'" || unit === "`") return unit === quote ? `\\${unit}` : unit;
      if (unit === "$") return quote === "`" ? "\\$" : unit;
      if (unit === "\\") return "\\\\";
      if (unit === "\n") return "\\n";
      return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    },
  );
  return quote + body + quote;
}

function printKey(name: string): string {
  // A plain `__proto__` in an object literal is no property, quoted or not.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : printText(name, ['"']);
}

function printDoc(paragraphs: readonly string[], indent: string): string[] {
  const lines = paragraphs
    .flatMap((paragraph, index) => [
      ...(index === 0 ? [] : [""]),
      ...paragraph.split(/\r\n|[\n\r\u2028\u2029]/),
    ])
    .map((part) => escapeComment(part).trimEnd());
  const [only] = lines;
  if (only === undefined) return [];
  if (lines.length === 1) return [`${indent}/** ${only} */`];
  return [
    `${indent}/**`,
    ...lines.map((part) => `${indent} *${part === "" ? "" : ` ${part}`}`),
    `${indent} */`,
  ];
}

/** What ends a comment, hides a character or reverses the order of others is not copied into one. */
function escapeComment(part: string): string {
  return escapeLine(part).replaceAll("*/", "*\\/");
}

function escapeLine(part: string): string {
  return part
    .toWellFormed()
    .replace(new RegExp(`[${unseen}]`, "gu"), (unit) =>
      unit === "\t" ? " " : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
