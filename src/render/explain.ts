/**
 * `--explain`: a record as `pretty` shows it, then what its resolution did, field by field: what was defaulted,
 * dropped, promoted or found by alias in this very record.
 */
import type { ResolutionStep } from "../serde/decoder.ts";
import { neutralize } from "./neutralize.ts";
import { createPrettyRenderer } from "./pretty.ts";
import type { LineRenderer, RenderedRecord } from "./record.ts";
import { widthOf } from "./width.ts";

/** The schema that records are read with. */
export interface ReaderIdentity {
  readonly name: string | null;
  readonly version: number | null;
  readonly fingerprint: string;
}

export interface ExplainOptions {
  readonly kind: "explain";
  /** JSON text of the schema that values were decoded with. */
  readonly schema: string;
  readonly reader: ReaderIdentity;
}

/** Throws RenderError `invalid-schema`. */
export function createExplainRenderer({ schema, reader }: ExplainOptions): LineRenderer {
  const pretty = createPrettyRenderer({ kind: "pretty", schema });
  const name = neutralize(reader.name ?? "the reader schema");
  const readAs = `${name}${reader.version === null ? "" : ` version ${reader.version}`}`;
  return {
    kind: "lines",
    render(record) {
      const steps = stepsOf(record);
      const rows = steps.map(
        (step) => [neutralize(formatPath(step)), neutralize(describeStep(step))] as const,
      );
      const width = Math.max(0, ...rows.map(([path]) => widthOf(path)));
      const lines = rows.map(([path, what]) => `    ${path}${" ".repeat(width - widthOf(path))}  ${what}\n`);
      const head = `  written as ${writerText(record)}, read as ${readAs} (${reader.fingerprint})`;
      // Its last line is empty.
      const text = pretty.render(record).slice(0, -1);
      return `${text}${head}${lines.length === 0 ? ": nothing changed" : ":"}\n${lines.join("")}\n`;
    },
  };
}

/** What was done in this record: not what would be done in a branch or list that it has nothing in. */
export function stepsOf({
  writer,
  value,
}: Pick<RenderedRecord, "writer" | "value">): readonly ResolutionStep[] {
  return (writer.resolution ?? []).filter((step) => isDone(step, value));
}

function isDone(step: ResolutionStep, value: unknown): boolean {
  const isThere = (found: unknown) => found !== null && found !== undefined;
  switch (step.kind) {
    case "promoted":
      return findValues(value, step.path).some(isThere);
    case "symbols-defaulted":
      return findValues(value, step.path).includes(step.value);
    case "alias":
    case "defaulted":
    case "dropped":
      return findValues(value, step.path.slice(0, -1)).some(isThere);
  }
}

/** As `author.name`, `media[].url`; `(record)` for the whole. */
export function formatPath({ path }: ResolutionStep): string {
  if (path.length === 0) return "(record)";
  return path.map((part, at) => (at === 0 || part === "[]" || part === "{}" ? part : `.${part}`)).join("");
}

function describeStep(step: ResolutionStep): string {
  switch (step.kind) {
    case "defaulted":
      return `defaulted to ${shorten(JSON.stringify(step.value))}`;
    case "dropped":
      return "dropped: the reader has no such field";
    case "promoted":
      return `promoted from ${step.from} to ${step.to}`;
    case "alias":
      return `found by alias: the writer calls it ${step.written}`;
    case "symbols-defaulted":
      return `${step.value}, or one of ${step.symbols.join(", ")}, which the reader takes for it`;
  }
}

function writerText({ writer }: RenderedRecord): string {
  return writer.version === null ? `schema ${writer.id}` : `version ${writer.version} (schema ${writer.id})`;
}

/** Everything that stands at the path. */
function findValues(root: unknown, path: readonly string[]): readonly unknown[] {
  let values: readonly unknown[] = [root];
  for (const part of path) {
    values = values.flatMap((value) => {
      if (Array.isArray(value)) return part === "[]" ? value : [];
      if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return [];
      if (part === "{}") return Object.values(value);
      if (Object.hasOwn(value, part)) return [(value as Readonly<Record<string, unknown>>)[part]];
      // A union whose branches look alike wraps its value: {branch name: value}.
      const [only, ...others] = Object.values(value);
      return others.length === 0 ? findValues(only, [part]) : [];
    });
  }
  return values;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
