/**
 * How records are shown: the options that `consume` and `demo` share.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { Format, Renderer } from "../render/renderer.ts";
import type { Host } from "./host.ts";
import { parseIntegerOption, UsageError } from "./usage-error.ts";

export const rendererOptions = {
  format: {
    choices: ["table", "pretty", "json", "avro-json", "csv", "template"],
    default: "table",
    requiresArg: true,
    describe: "how records are shown",
  },
  rows: { type: "number", default: 20, requiresArg: true, describe: "rows of a batch that a table shows" },
  truncate: {
    type: "string",
    default: "20",
    requiresArg: true,
    describe: "longest cell of a table; 0 or false cuts nothing",
  },
  meta: {
    type: "boolean",
    default: false,
    describe:
      "wrap JSON as {topic, partition, offset, timestamp, key, writer, value}; columns of them in CSV",
  },
  "print-schema": {
    type: "boolean",
    default: false,
    describe: "first the schema that records are read as, the way Spark prints it; with table and pretty",
  },
  color: {
    type: "boolean",
    describe: "colours in pretty; by itself on a terminal, unless NO_COLOR is set or TERM is dumb",
  },
  template: {
    type: "string",
    requiresArg: true,
    describe: "a line of --format template, such as '{id}: {text}'; {{ is a brace, {@offset} of the record",
  },
  header: { type: "boolean", default: true, describe: "names of the columns as the first line of CSV" },
  "csv-formulas": {
    choices: ["escape", "keep"],
    default: "escape",
    requiresArg: true,
    describe: "whether a text of CSV that a spreadsheet would run as a formula gets a ' before it",
  },
} as const;

export interface RendererArgs {
  readonly format: Format;
  readonly rows: number;
  readonly truncate: string;
  readonly meta: boolean;
  readonly explain?: boolean | undefined;
  readonly "print-schema": boolean;
  readonly color?: boolean | undefined;
  readonly template?: string | undefined;
  readonly header: boolean;
  readonly "csv-formulas": "escape" | "keep";
}

/** A schema that records are read with. */
export type ReadWith = Pick<TypedSchema<unknown>, "json" | "name" | "version" | "fingerprint">;

/**
 * Of records of that topic, or of another schema. Throws UsageError, and RenderError for a template that cannot be
 * read.
 */
export async function openRenderer(
  args: RendererArgs,
  host: Host,
  topic: string,
  reader?: ReadWith,
): Promise<Renderer> {
  const rows = parseIntegerOption("rows", args.rows, { min: 1 });
  const truncate = parseTruncate(args.truncate);
  const terminal = host.stdout.isTTY === true;
  if (args.template !== undefined && args.format !== "template") {
    throw new UsageError("usage", "--template goes with --format template");
  }
  if (args["print-schema"] && args.format !== "table" && args.format !== "pretty") {
    throw new UsageError(
      "usage",
      `--print-schema goes with --format table and pretty: what ${args.format} prints is for programs`,
    );
  }
  const [{ createRenderer }, { schemaOfTopic }] = await Promise.all([
    import("../render/renderer.ts"),
    import("./topic-schema.ts"),
  ]);
  const { json: schema, name, version, fingerprint } = reader ?? schemaOfTopic(topic).schema;
  const explain = args.explain === true ? { name, version, fingerprint } : undefined;
  if (explain !== undefined && (args.format === "table" || args.format === "pretty")) {
    return createRenderer({ kind: "explain", schema, reader: explain });
  }
  switch (args.format) {
    case "table":
      return await withHead(createRenderer({ kind: "table", schema, rows, truncate }));
    case "pretty":
      return await withHead(
        createRenderer({ kind: "pretty", schema, color: args.color ?? wantsColor(host) }),
      );
    case "json":
    case "avro-json":
      return createRenderer({
        kind: args.format,
        schema,
        meta: args.meta,
        explain,
        terminal,
      });
    case "csv":
      return createRenderer({
        kind: "csv",
        schema,
        meta: args.meta,
        header: args.header,
        formulas: args["csv-formulas"],
        terminal,
      });
    case "template":
      if (args.template === undefined) {
        throw new UsageError("usage", "--format template takes --template, such as '{id}: {text}'");
      }
      return createRenderer({ kind: "template", schema, template: args.template, terminal });
  }

  async function withHead(renderer: Renderer): Promise<Renderer> {
    if (!args["print-schema"]) return renderer;
    const { renderSchemaTree } = await import("../render/schema-tree.ts");
    return { ...renderer, head: renderSchemaTree(schema) };
  }
}

/** https://no-color.org: set to anything but an empty text. */
function wantsColor({ stdout, env }: Host): boolean {
  return stdout.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

function parseTruncate(text: string): number | false {
  if (text === "false" || text === "0") return false;
  if (text === "true") return 20;
  if (!/^\d{1,6}$/.test(text)) {
    throw new UsageError(
      "usage",
      `--truncate ${JSON.stringify(text)} is not a number of characters, or false`,
    );
  }
  return Number(text);
}
