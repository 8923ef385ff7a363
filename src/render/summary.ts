/**
 * What a run tells at its end and while it lasts, as text for people. Figures are plain digits, so that a script can
 * read them.
 */
import { neutralize } from "./neutralize.ts";
import { widthOf } from "./width.ts";

/** A label and its value; numbers as they are given. */
export type SummaryRow = readonly [label: string, value: string | number];

/** One line a row, `  label  value`, the values aligned left; ends with \n, or is empty when there is no row. */
export function renderSummary(rows: readonly SummaryRow[]): string {
  const clean = rows.map(([label, value]) => [neutralize(label), neutralize(String(value))] as const);
  const labelWidth = Math.max(0, ...clean.map(([label]) => widthOf(label)));
  return clean
    .map(([label, value]) => `  ${label}${" ".repeat(labelWidth - widthOf(label))}  ${value}\n`)
    .join("");
}

/**
 * The same rows on one line, `label value · label value`, without a line break: at most `maxColumns` columns
 * (default 80), whole rows left out from the end where they do not fit.
 */
export function renderProgress(rows: readonly SummaryRow[], maxColumns = 80): string {
  let line = "";
  for (const [label, value] of rows) {
    const part = `${line === "" ? "" : " · "}${neutralize(`${label} ${value}`)}`;
    if (widthOf(line + part) > maxColumns) break;
    line += part;
  }
  return line;
}
