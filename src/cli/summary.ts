/**
 * What a run did, said once on stderr when it ends.
 */
import { renderSummary } from "../render/summary.ts";
import { costOf, formatMills } from "../telemetry/spend.ts";
import type { ConsumeTally, ProduceTally, RecordTally, SpendTally } from "../telemetry/tally.ts";
import type { CommandContext } from "./command.ts";
import { consumptionRows } from "./describe-consumption.ts";
import type { GapLog } from "./gap-log.ts";
import { tell } from "./host.ts";

export type SummaryRow = readonly [label: string, value: string];

/** Notes the time of the start; the returned function makes the rows. */
export function produceSummary(tally: ProduceTally, gaps: GapLog): () => SummaryRow[] {
  const rate = measureRate(() => tally.produced);
  return () => [...produceRows(tally), ["tweets/s", rate()], ...gaps.rows()];
}

export function linesSummary(tally: ProduceTally): () => SummaryRow[] {
  const rate = measureRate(() => tally.produced);
  return () => [
    ["lines", count(tally.received)],
    ["produced", count(tally.produced)],
    ["dead-lettered", count(tally.deadLettered)],
    ["records/s", rate()],
  ];
}

export function consumeSummary(tally: ConsumeTally): () => SummaryRow[] {
  const rate = measureRate(() => tally.printed);
  return () => [
    ["consumed", count(tally.consumed)],
    ...printedRows(tally),
    ["dead-lettered", count(tally.deadLettered)],
    ...consumptionRows(tally),
    ["tweets/s", rate()],
  ];
}

export function recordSummary(tally: RecordTally, gaps: GapLog): () => SummaryRow[] {
  const rate = measureRate(() => tally.recorded);
  return () => {
    const rows: SummaryRow[] = [
      ["received", count(tally.received)],
      ["recorded", count(tally.recorded)],
    ];
    if (tally.malformed > 0) rows.push(["not JSON", count(tally.malformed)]);
    if (tally.beyondLimit > 0) rows.push(["beyond the limit", count(tally.beyondLimit)]);
    if (tally.spend !== null) rows.push(...spendRows(tally.spend));
    return [...rows, ["bytes", count(tally.bytes)], ["posts/s", rate()], ...gaps.rows()];
  };
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
  if (tally.spend !== null) rows.push(...spendRows(tally.spend));
  return rows;
}

/** Rules whose cost is told one by one; the others are summed up. */
const shownTags = 20;

/** What X is estimated to bill. A post that several rules match counts for each, so tags may add up to more. */
function spendRows({ reads, byTag, todayMills, budgetMills }: SpendTally): SummaryRow[] {
  const rows: SummaryRow[] = [["posts read", count(reads.posts)]];
  if (reads.users > 0) rows.push(["users read", count(reads.users)]);
  rows.push(["estimated spend", formatMills(costOf(reads))]);
  if (reads.users > 0) rows.push(["  for users", formatMills(costOf({ posts: 0, users: reads.users }))]);
  const tags = [...byTag].sort(([, one], [, other]) => costOf(other) - costOf(one));
  for (const [tag, ofTag] of tags.slice(0, shownTags)) {
    rows.push([`  by ${tag === "" ? "rules without a tag" : tag}`, formatMills(costOf(ofTag))]);
  }
  const others = tags.slice(shownTags);
  if (others.length > 0) {
    const mills = others.reduce((sum, [, ofTag]) => sum + costOf(ofTag), 0);
    rows.push([`  by ${others.length} other rules`, formatMills(mills)]);
  }
  const ofBudget = budgetMills === null ? "" : ` of ${formatMills(budgetMills)}`;
  rows.push(["spent today (UTC)", `${formatMills(todayMills)}${ofBudget}`]);
  if (budgetMills !== null && todayMills > budgetMills) {
    rows.push(["beyond the budget", formatMills(todayMills - budgetMills)]);
  }
  return rows;
}

function printedRows(tally: ConsumeTally): SummaryRow[] {
  const rows: SummaryRow[] = [["printed", count(tally.printed)]];
  if (tally.hidden > 0) rows.push(["hidden by --rows", count(tally.hidden)]);
  if (tally.filtered > 0) rows.push(["left out by the filter", count(tally.filtered)]);
  if (tally.undecodable > 0) rows.push(["undecodable", count(tally.undecodable)]);
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

/** A table for people, whatever the level of the log; for machines the last line of the log, with numbers. */
export async function writeSummary(
  { host, log, logFormat }: Pick<CommandContext, "host" | "log" | "logFormat">,
  rows: readonly SummaryRow[],
): Promise<void> {
  if (logFormat === "text") return await tell(host.stderr, renderSummary(rows));
  const isNumber = /^\d+(?:\.\d+)?$/;
  const fields = new Map<string, unknown[]>();
  for (const [label, value] of rows) {
    fields.set(label, [...(fields.get(label) ?? []), isNumber.test(value) ? Number(value) : value]);
  }
  // Of gaps there may be several.
  const single = [...fields].map(([label, values]) => [label, values.length === 1 ? values[0] : values]);
  log.info("summary", Object.fromEntries(single));
}
