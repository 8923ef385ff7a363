/**
 * How consumed records are shown: one renderer for each format, all of them pure text makers.
 */
import { type CsvOptions, createCsvRenderer } from "./csv.ts";
import { createExplainRenderer, type ExplainOptions } from "./explain.ts";
import { createJsonRenderer, type JsonOptions } from "./json.ts";
import { createPrettyRenderer, type PrettyOptions } from "./pretty.ts";
import type { BatchRenderer, LineRenderer, Renderer } from "./record.ts";
import { createTableRenderer, type TableOptions } from "./table.ts";
import { createTemplateRenderer, type TemplateOptions } from "./template.ts";

export type { BatchRenderer, JsonText, LineRenderer, RenderedRecord, Renderer } from "./record.ts";
export type { CsvOptions, ExplainOptions, JsonOptions, PrettyOptions, TableOptions, TemplateOptions };

export type RendererOptions =
  | TableOptions
  | PrettyOptions
  | JsonOptions
  | CsvOptions
  | TemplateOptions
  | ExplainOptions;

/** The names of the formats, as `--format` takes them. */
export const formats = ["table", "pretty", "json", "avro-json", "csv", "template"] as const satisfies Exclude<
  RendererOptions["kind"],
  "explain"
>[];
export type Format = (typeof formats)[number];

/**
 * Makes the renderer of a format; compiles what it needs of the schema once.
 * Throws RenderError `invalid-schema` when the schema's text cannot be read, `invalid-template` when a template's cannot.
 */
export function createRenderer(options: TableOptions): BatchRenderer;
export function createRenderer(
  options: PrettyOptions | JsonOptions | CsvOptions | TemplateOptions | ExplainOptions,
): LineRenderer;
export function createRenderer(options: RendererOptions): Renderer;
export function createRenderer(options: RendererOptions): Renderer {
  switch (options.kind) {
    case "table":
      return createTableRenderer(options);
    case "pretty":
      return createPrettyRenderer(options);
    case "explain":
      return createExplainRenderer(options);
    case "json":
    case "avro-json":
      return createJsonRenderer(options);
    case "csv":
      return createCsvRenderer(options);
    case "template":
      return createTemplateRenderer(options);
  }
}
