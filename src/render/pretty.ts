/**
 * `pretty`: one record as a few lines for people: where it came from, then its fields, nested ones indented.
 * Everything is neutralised; a text of several lines keeps them, aligned.
 */
import { formatIso, type Logical } from "./logical.ts";
import { neutralize } from "./neutralize.ts";
import { shortestFloat } from "./numbers.ts";
import type { LineRenderer, RenderedRecord } from "./record.ts";
import { formatTimestamp, readKey } from "./record-meta.ts";
import { parseShape, type Shape } from "./schema-shape.ts";
import { createBranchPicker, type PickedBranch } from "./union.ts";
import { widthOf } from "./width.ts";

export interface PrettyOptions {
  readonly kind: "pretty";
  /** JSON text of the schema that values were decoded with. */
  readonly schema: string;
  /** Colours labels and where a record came from (ECMA-48 SGR). Default false. */
  readonly color?: boolean | undefined;
}

/** How the parts that are not the record's are marked. */
interface Paint {
  label(text: string): string;
  origin(text: string): string;
}

const plainPaint: Paint = { label: (text) => text, origin: (text) => text };
const colorPaint: Paint = {
  label: (text) => `\u001b[36m${text}\u001b[39m`,
  origin: (text) => `\u001b[2m${text}\u001b[22m`,
};

type UnionShape = Extract<Shape, { kind: "union" }>;
/** A value's lines; `inline` when they follow their label on its line, else they stand below it. */
type Block = { readonly inline: boolean; readonly lines: readonly string[] };
type Entry = { readonly label: string; readonly block: Block };

const inline = (text: string): Block => ({ inline: true, lines: text.split("\n") });

function formatText(text: string): string {
  return text === "" ? '""' : neutralize(text, { keepLines: true });
}

function formatLeaf(kind: Shape["kind"], logical: Logical | null, value: unknown): string {
  if (value === null || value === undefined) return "null";
  const text = logical === null ? null : formatIso(logical, value);
  if (text !== null) return text;
  if (Buffer.isBuffer(value)) return value.length === 0 ? '""' : value.toString("base64");
  if (kind === "float" && typeof value === "number") return String(shortestFloat(value));
  return formatText(String(value));
}

/** `label: value` lines, the values of one level aligned. */
function layOut(entries: readonly Entry[], paint: Paint): readonly string[] {
  const labelWidth = Math.max(0, ...entries.map(({ label }) => widthOf(label)));
  return entries.flatMap(({ label, block }) => {
    if (!block.inline) return [paint.label(`${label}:`), ...block.lines.map((line) => `  ${line}`)];
    const [first = "", ...rest] = block.lines;
    const indent = " ".repeat(labelWidth + 2);
    const gap = " ".repeat(labelWidth - widthOf(label) + 1);
    return [`${paint.label(`${label}:`)}${gap}${first}`, ...rest.map((line) => indent + line)];
  });
}

function layOutItems(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap(({ lines }) => lines.map((line, index) => `${index === 0 ? "-" : " "} ${line}`));
}

/** Lays out values of one schema; remembers how to tell its unions' branches apart. */
function createLayout(paint: Paint): (shape: Shape, value: unknown) => Block {
  const pickers = new Map<UnionShape, (value: unknown) => PickedBranch | null>();
  const pick = (union: UnionShape, value: unknown): PickedBranch | null => {
    const picker = pickers.get(union) ?? createBranchPicker(union);
    pickers.set(union, picker);
    return picker(value);
  };
  const toBlock = (shape: Shape, value: unknown): Block => {
    if (value === null || value === undefined) return inline("null");
    switch (shape.kind) {
      case "record": {
        const record = value as Readonly<Record<string, unknown>>;
        const entries = shape.fields.map(({ name, shape: field }) => ({
          label: neutralize(name),
          block: toBlock(field, record[name]),
        }));
        return entries.length === 0 ? inline("{}") : { inline: false, lines: layOut(entries, paint) };
      }
      case "map": {
        const entries = Object.entries(value).map(([key, item]) => ({
          label: neutralize(key),
          block: toBlock(shape.values, item),
        }));
        return entries.length === 0 ? inline("{}") : { inline: false, lines: layOut(entries, paint) };
      }
      case "array": {
        if (!Array.isArray(value)) return inline(formatLeaf("array", null, value));
        const blocks = value.map((item) => toBlock(shape.items, item));
        return blocks.length === 0 ? inline("[]") : { inline: false, lines: layOutItems(blocks) };
      }
      case "union": {
        const picked = pick(shape, value);
        const branch = picked === null ? undefined : shape.branches[picked.index];
        return picked === null || branch === undefined
          ? inline(formatLeaf("null", null, value))
          : toBlock(branch, picked.value);
      }
      default:
        return inline(formatLeaf(shape.kind, "logical" in shape ? shape.logical : null, value));
    }
  };
  return toBlock;
}

function describeOrigin(record: RenderedRecord): string {
  const { topic, partition, offset, timestampMs, key, writer } = record;
  const keyText = key === null ? null : readKey(key);
  return [
    `${neutralize(topic)}[${partition}]@${offset}`,
    formatTimestamp(timestampMs) ?? "no time",
    keyText === null
      ? "no key"
      : `key ${keyText.kind === "base64" ? "base64:" : ""}${neutralize(keyText.text)}`,
    `schema ${writer.id}${writer.version === null ? "" : ` (version ${writer.version})`}`,
  ].join("  ");
}

/** A renderer for people; an empty line stands after each record. Throws RenderError `invalid-schema`. */
export function createPrettyRenderer({ schema, color = false }: PrettyOptions): LineRenderer {
  const shape = parseShape(schema);
  const paint = color ? colorPaint : plainPaint;
  const toBlock = createLayout(paint);
  return {
    kind: "lines",
    render(record) {
      const lines = toBlock(shape, record.value).lines.map((line) => `  ${line}\n`);
      return `${paint.origin(describeOrigin(record))}\n${lines.join("")}\n`;
    },
  };
}
