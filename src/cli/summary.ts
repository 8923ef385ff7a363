/**
 * What a run did, said once on stderr when it ends.
 */
import { renderSummary } from "../render/summary.ts";
import type { ConsumeTally, ProduceTally } from "../telemetry/tally.ts";
import type { GapLog } from "./gap-log.ts";
import { type Host, writeAll } from "./host.ts";

export type SummaryRow = readonly [label: string, value: string];

/** Notes the time of the start; the returned function makes the rows. */
export function produceSummary(tally: ProduceTally, gaps: GapLog): () => SummaryRow[] {
  const rate = measureRate(() => tally.produced);
  return () => [...produceRows(tally), ["tweets/s", rate()], ...gaps.rows()];
}

export function consumeSummary(tally: ConsumeTally): () => SummaryRow[] {
  const rate = measureRate(() => tally.printed);
  return () => [
    ["consumed", count(tally.consumed)],
    ...printedRows(tally),
    ["dead-lettered", count(tally.deadLettered)],
    ["tweets/s", rate()],
  ];
}

/** What both loops of one process count. */
export interface PipelineTallies {
  readonly produced: ProduceTally;
  readonly consumed: ConsumeTally;
}

export function pipelineSummary({ produced, consumed }: PipelineTallies): () => SummaryRow[] {
  const rate = measureRate(() => consumed.printed);
  return () => {
    const rows = produceRows({ ...produced, deadLettered: produced.deadLettered + consumed.deadLettered });
    const at = rows.findIndex(([label]) => label === "produced") + 1;
    return [...rows.slice(0, at), ...printedRows(consumed), ...rows.slice(at), ["tweets/s", rate()]];
  };
}

function produceRows(tally: ProduceTally): SummaryRow[] {
  const rows: SummaryRow[] = [
    ["received", count(tally.received)],
    ["matched", count(tally.matched)],
    ["produced", count(tally.produced)],
    ["duplicates", count(tally.duplicates)],
    ["dead-lettered", count(tally.deadLettered)],
  ];
  if (tally.beyondLimit > 0) rows.push(["beyond the limit", count(tally.beyondLimit)]);
  return rows;
}

function printedRows(tally: ConsumeTally): SummaryRow[] {
  const rows: SummaryRow[] = [["printed", count(tally.printed)]];
  if (tally.hidden > 0) rows.push(["hidden by --rows", count(tally.hidden)]);
  if (tally.tombstones > 0) rows.push(["tombstones", count(tally.tombstones)]);
  return rows;
}

function measureRate(done: () => number): () => string {
  const startedAt = performance.now();
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    return (done() / Math.max(seconds, 0.001)).toFixed(1);
  };
}

function count(value: number): string {
  return String(value);
}

export function writeSummary(host: Host, rows: readonly SummaryRow[]): Promise<void> {
  return writeAll(host.stderr, renderSummary(rows));
}
