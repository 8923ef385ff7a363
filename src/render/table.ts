/**
 * `table`: micro-batches as the console sink of Spark Structured Streaming (4.1) prints them.
 *
 * Where it differs on purpose: control and bidirectional characters are escaped, nothing is cut inside a grapheme
 * cluster, and widths are those of a terminal (Spark counts UTF-16 units, and twice those of a fixed list of ranges).
 */
import { createCellPrinter, type PrintCell } from "./cell.ts";
import { neutralize } from "./neutralize.ts";
import type { BatchRenderer, RenderedRecord } from "./record.ts";
import { parseShape, type Shape } from "./schema-shape.ts";
import { cutAtGrapheme, widthOf } from "./width.ts";

export interface TableOptions {
  readonly kind: "table";
  /**
   * JSON text of the schema that values were decoded with; a record's fields are the columns, but for those that no
   * writer of a record shown so far has.
   */
  readonly schema: string;
  /** Rows shown of each batch. Default 20. */
  readonly rows?: number | undefined;
  /**
   * Longest cell, counted in UTF-16 units as Spark counts it; longer ones end in "...", and cells are aligned right.
   * false (or 0): nothing is cut, and cells are aligned left. Default 20.
   */
  readonly truncate?: number | false | undefined;
}

interface Column {
  readonly name: string;
  cell(record: RenderedRecord): string;
}

interface Cell {
  readonly text: string;
  readonly width: number;
}

const minimumWidth = 3;
const rule = "-".repeat(43);

function columnsOf(shape: Shape): readonly Column[] {
  const column = (name: string, print: PrintCell, read: (value: unknown) => unknown): Column => ({
    name,
    cell: (record) => print(record.value === null ? null : read(record.value)),
  });
  if (shape.kind !== "record") return [column("value", createCellPrinter(shape), (value) => value)];
  return shape.fields.map(({ name, shape: field }) =>
    column(name, createCellPrinter(field), (value) => (value as Readonly<Record<string, unknown>>)[name]),
  );
}

/** Columns only ever come on: a batch of an older writer does not take those away that the one before had. */
function createColumnChoice(columns: readonly Column[]) {
  const written = new Set<string>();
  let isKnown = true;
  let last: ReadonlySet<string> | undefined;
  let chosen: readonly Column[] = [];
  return (records: readonly RenderedRecord[]): readonly Column[] => {
    for (const { writer } of records) {
      if (!isKnown) break;
      if (writer.fields === undefined || writer.fields === null) isKnown = false;
      else if (writer.fields !== last) {
        last = writer.fields;
        for (const name of last) written.add(name);
        chosen = columns.filter((column) => written.has(column.name));
      }
    }
    return isKnown && chosen.length > 0 ? chosen : columns;
  };
}

/** Spark's rule: up to three units there is no room for an ellipsis. */
function cut(text: string, truncate: number): string {
  if (truncate <= 0 || text.length <= truncate) return text;
  return truncate < 4 ? cutAtGrapheme(text, truncate) : `${cutAtGrapheme(text, truncate - 3)}...`;
}

function toCell(text: string): Cell {
  return { text, width: widthOf(text) };
}

function drawGrid(head: readonly Cell[], body: readonly (readonly Cell[])[], alignRight: boolean): string {
  const widths = head.map((cell, index) =>
    body.reduce((width, row) => Math.max(width, row[index]?.width ?? 0), Math.max(minimumWidth, cell.width)),
  );
  const drawRow = (row: readonly Cell[]): string => {
    const cells = row.map(({ text, width }, index) => {
      const padding = " ".repeat((widths[index] ?? width) - width);
      return alignRight ? padding + text : text + padding;
    });
    return `|${cells.join("|")}|\n`;
  };
  const line = `+${widths.map((width) => "-".repeat(width)).join("+")}+\n`;
  return line + drawRow(head) + line + body.map(drawRow).join("") + line;
}

/**
 * A renderer of batches. After a batch stands an empty line, or, when rows were left out, the line that says so
 * (there Spark prints no empty line). Throws RenderError `invalid-schema`.
 */
export function createTableRenderer({ schema, rows = 20, truncate = 20 }: TableOptions): BatchRenderer {
  const columns = columnsOf(parseShape(schema));
  const maxUnits = truncate === false ? 0 : truncate;
  const choose = createColumnChoice(columns);
  return {
    kind: "batches",
    render(records, batchNumber) {
      const shown = records.slice(0, rows);
      const chosen = choose(shown);
      // Spark escapes names, but does not cut them.
      const head = chosen.map(({ name }) => toCell(neutralize(name)));
      const hidden = records.length - shown.length;
      const body = shown.map((record) =>
        chosen.map((column) => toCell(cut(neutralize(column.cell(record)), maxUnits))),
      );
      const footer = hidden === 0 ? "\n" : `only showing top ${rows} ${rows === 1 ? "row" : "rows"}\n`;
      const text = `${rule}\nBatch: ${batchNumber}\n${rule}\n${drawGrid(head, body, maxUnits > 0)}${footer}`;
      return { text, hidden };
    },
  };
}
