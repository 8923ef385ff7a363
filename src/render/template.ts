/**
 * `template`: one line a record, made of a text with field paths in braces: `{id}: {text}`. `{{` and `}}` are braces,
 * `\n` `\t` `\r` `\\` what they are in C, `{text:json}` the field as JSON. What a record lacks is empty. Paths are looked
 * up in the schema when the template is read; nothing in it is ever run.
 */
import { RenderError } from "./error.ts";
import { compileField, type FieldProblem, scanFieldPath } from "./field-path.ts";
import { createJsonPrinter } from "./json-printer.ts";
import { plainJson } from "./json-styles.ts";
import { neutralize } from "./neutralize.ts";
import { createPlainPrinter } from "./plain-text.ts";
import type { LineRenderer, RenderedRecord } from "./record.ts";
import { parseShape, type Shape } from "./schema-shape.ts";

export interface TemplateOptions {
  readonly kind: "template";
  /** JSON text of the schema that values were decoded with. */
  readonly schema: string;
  readonly template: string;
  /** Escapes what a terminal acts on in values; the template's own text is left alone. Default false. */
  readonly terminal?: boolean | undefined;
}

function isProblem(outcome: { readonly kind: string }): outcome is FieldProblem {
  return outcome.kind === "problem";
}

type Part = string | ((record: RenderedRecord) => string);

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\" };

/**
 * A renderer of lines; \n is added to each. Throws RenderError `invalid-schema`, or `invalid-template` with
 * `details` text and
 * position, counted from 1 in UTF-16 units.
 */
export function createTemplateRenderer({
  schema,
  template,
  terminal = false,
}: TemplateOptions): LineRenderer {
  const shape = parseShape(schema);
  const parts: Part[] = [];
  let literal = "";
  let at = 0;

  const fail = (where: number, message: string): never => {
    throw new RenderError("invalid-template", `the template cannot be read: ${message}`, {
      details: { text: template, position: where + 1 },
    });
  };
  const unwrap = <T extends { readonly kind: string }>(outcome: T | FieldProblem): T =>
    isProblem(outcome) ? fail(outcome.at, outcome.message) : outcome;

  const readPlaceholder = (start: number): Part => {
    const { path, end } = unwrap(scanFieldPath(template, start + 1));
    const asJson = template.startsWith(":json", end);
    const close = asJson ? end + 5 : end;
    if (template.charAt(close) !== "}") {
      if (template.indexOf("}", start) === -1) fail(start, "this { has no }; {{ is a brace");
      fail(close, "after a field's name comes } or :json}");
    }
    at = close + 1;
    const compile = (leaf: (shape: Shape) => (value: unknown) => string) =>
      unwrap(compileField(shape, path, leaf));
    const json = (leaf: Shape) => createJsonPrinter(leaf, plainJson);
    const plain = (leaf: Shape) => {
      const print = createPlainPrinter(leaf);
      return (value: unknown) => print(value)?.text ?? "";
    };
    const probe = compile(plain);
    const { read } = asJson || probe.projected ? compile(json) : probe;
    return (record) => {
      const found = read(record);
      const text = Array.isArray(found)
        ? `[${found.map((item) => item ?? "null").join(",")}]`
        : ((found as string | null) ?? (asJson ? "null" : ""));
      return terminal ? neutralize(text) : text;
    };
  };

  while (at < template.length) {
    const char = template.charAt(at);
    const next = template.charAt(at + 1);
    if (char === "\\") {
      const meant = Object.hasOwn(escapes, next) ? escapes[next] : undefined;
      if (meant === undefined) fail(at, `\\${next} is no escape; there are \\n, \\t, \\r and \\\\`);
      literal += meant;
      at += 2;
    } else if ((char === "{" || char === "}") && next === char) {
      literal += char;
      at += 2;
    } else if (char === "{") {
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(readPlaceholder(at));
    } else if (char === "}") {
      fail(at, "this } has no {; }} is a brace");
    } else {
      literal += char;
      at += 1;
    }
  }
  parts.push(`${literal}\n`);
  return {
    kind: "lines",
    render(record) {
      let line = "";
      for (const part of parts) line += typeof part === "string" ? part : part(record);
      return line;
    },
  };
}
