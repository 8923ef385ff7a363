/**
 * How records are shown: the options that `consume` and `demo` share.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { Format, Renderer } from "../render/renderer.ts";
import type { Host } from "./host.ts";
import { parseIntegerOption, UsageError } from "./usage-error.ts";

export const rendererOptions = {
  format: {
    choices: ["table", "pretty", "json", "avro-json"],
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
    describe: "wrap JSON as {topic, partition, offset, timestamp, key, writer, value}",
  },
} as const;

export interface RendererArgs {
  readonly format: Format;
  readonly rows: number;
  readonly truncate: string;
  readonly meta: boolean;
  readonly explain?: boolean | undefined;
}

/** A schema that records are read with. */
export type ReadWith = Pick<TypedSchema<unknown>, "json" | "name" | "version" | "fingerprint">;

/** Of records of that topic, or of another schema. Throws UsageError for a number that is none. */
export async function openRenderer(
  args: RendererArgs,
  host: Host,
  topic: string,
  reader?: ReadWith,
): Promise<Renderer> {
  const rows = parseIntegerOption("rows", args.rows, { min: 1 });
  const truncate = parseTruncate(args.truncate);
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
      return createRenderer({ kind: "table", schema, rows, truncate });
    case "pretty":
      return createRenderer({ kind: "pretty", schema });
    case "json":
    case "avro-json":
      return createRenderer({
        kind: args.format,
        schema,
        meta: args.meta,
        explain,
        terminal: host.stdout.isTTY === true,
      });
  }
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
