/**
 * `csv`: one row a record (RFC 4180, lines end with CRLF), a header first; the fields of nested records are columns of
 * their own, named by their path; lists and maps are JSON. null is an empty cell, an empty text is `""`.
 *
 * Posts are written by strangers and CSV is opened in spreadsheets, which run a cell that begins with = + - @ as a
 * formula: such a text gets a ' before it (OWASP, CSV injection). Reversible: one ' is taken off again wherever quotes
 * are followed by one of these.
 */
import { escapeUnicode, neutralize } from "./neutralize.ts";
import { createPlainPrinter, type PlainText, type PrintPlain } from "./plain-text.ts";
import type { LineRenderer, RenderedRecord } from "./record.ts";
import { formatTimestamp, readKey } from "./record-meta.ts";
import { parseShape, type Shape } from "./schema-shape.ts";

export interface CsvOptions {
  readonly kind: "csv";
  /** JSON text of the schema that values were decoded with. */
  readonly schema: string;
  /** Columns of topic, partition, offset, timestamp, key and writer before those of the value. Default false. */
  readonly meta?: boolean | undefined;
  /** Default true. */
  readonly header?: boolean | undefined;
  /** `keep` prints texts as they are, whatever a spreadsheet makes of them. Default `escape`. */
  readonly formulas?: "escape" | "keep" | undefined;
  /** Escapes what a terminal acts on. Default false. */
  readonly terminal?: boolean | undefined;
}

interface Column {
  readonly name: string;
  cell(record: RenderedRecord): PlainText | null;
}

/** Deepest nesting of records that become columns; what lies deeper is JSON. */
const maxDepth = 16;

function columnsOf(shape: Shape): readonly Column[] {
  const columns: Column[] = [];
  const addColumn = (name: string, print: PrintPlain, read: (value: unknown) => unknown) =>
    columns.push({ name, cell: ({ value }) => print(value === null ? null : read(value)) });
  const add = (shape: Shape, path: string, read: (value: unknown) => unknown, above: readonly Shape[]) => {
    const record = recordIn(shape);
    // A record inside of itself has no end of columns.
    if (record === null || above.includes(record) || above.length >= maxDepth || record.fields.length === 0) {
      addColumn(path === "" ? "value" : path, createPlainPrinter(shape), read);
      return;
    }
    for (const { name, shape: field } of record.fields) {
      add(
        field,
        path === "" ? name : `${path}.${name}`,
        (value) => {
          const parent = read(value);
          return parent === null || parent === undefined
            ? null
            : (parent as Readonly<Record<string, unknown>>)[name];
        },
        [...above, record],
      );
    }
  };
  add(shape, "", (value) => value, []);
  return columns;
}

/** The record that a field holds, where it holds nothing else but null. */
function recordIn(shape: Shape): Extract<Shape, { kind: "record" }> | null {
  if (shape.kind === "record") return shape;
  if (shape.kind !== "union" || shape.wrapped) return null;
  const [only, ...others] = shape.branches.filter((branch) => branch.kind !== "null");
  return only?.kind === "record" && others.length === 0 ? only : null;
}

const number = (value: number): PlainText => ({ text: String(value), isText: false });
const text = (value: string): PlainText => ({ text: value, isText: true });

const metaColumns: readonly Column[] = [
  { name: "topic", cell: ({ topic }) => text(topic) },
  { name: "partition", cell: ({ partition }) => number(partition) },
  { name: "offset", cell: ({ offset }) => number(offset) },
  {
    name: "timestamp",
    cell({ timestampMs }) {
      const iso = formatTimestamp(timestampMs);
      return iso === null ? null : { text: iso, isText: false };
    },
  },
  { name: "key", cell: ({ key }) => (key === null ? null : text(readKey(key).text)) },
  { name: "writer.id", cell: ({ writer }) => number(writer.id) },
  {
    name: "writer.version",
    cell: ({ writer }) => (writer.version === null ? null : number(writer.version)),
  },
];

const formula = /^'*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;
const mustQuote = /[",\r\n]|^\s|\s$/;

/** A renderer of rows, the header as its head. Throws RenderError `invalid-schema`. */
export function createCsvRenderer({
  schema,
  meta = false,
  header = true,
  formulas = "escape",
  terminal = false,
}: CsvOptions): LineRenderer {
  const own = columnsOf(parseShape(schema));
  // Under `meta` the value's columns are named as the fields of `--format json --meta`.
  const columns = meta ? [...metaColumns, ...own.map(underValue)] : own;
  const printText = (value: string): string => {
    const safe = formulas === "escape" && formula.test(value) ? `'${value}` : value;
    const shown = terminal ? neutralize(safe, { keepLines: true }).replace(/\t/g, escapeUnicode) : safe;
    return shown === "" || mustQuote.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
  };
  const printCell = (cell: PlainText | null): string =>
    cell === null ? "" : cell.isText ? printText(cell.text) : cell.text;
  return {
    kind: "lines",
    ...(header && { head: `${columns.map(({ name }) => printText(name)).join(",")}\r\n` }),
    render(record) {
      let row = "";
      for (let index = 0; index < columns.length; index += 1) {
        if (index > 0) row += ",";
        row += printCell(columns[index]?.cell(record) ?? null);
      }
      // A row of one empty cell would be an empty line, which readers skip.
      return row === "" ? '""\r\n' : `${row}\r\n`;
    },
  };
}

function underValue(column: Column): Column {
  return { name: column.name === "value" ? "value" : `value.${column.name}`, cell: column.cell };
}
