/**
 * The times in which the source was away, as the summary at the end tells them.
 */
import { openPartOf, type SourceGap } from "../source/port.ts";
import type { SummaryRow } from "./summary.ts";

export interface GapLog {
  add(gap: SourceGap): void;
  /** None when there was no gap. */
  rows(): SummaryRow[];
}

/** The last ones are told with their bounds; of the others only that they were. */
const mostTold = 10;

export function createGapLog(): GapLog {
  const last: SourceGap[] = [];
  let count = 0;
  let closed = 0;
  return {
    add(gap) {
      count += 1;
      if (openPartOf(gap) === null) closed += 1;
      last.push(gap);
      if (last.length > mostTold) last.shift();
    },
    rows() {
      if (count === 0) return [];
      const open = count - closed;
      const total = [`${count}`, ...(closed > 0 ? [`${closed} sent again by X`] : []), `${open} open`];
      return [["gaps", total.join(", ")], ...last.map((gap): SummaryRow => ["gap", describeGap(gap)])];
    },
  };
}

function describeGap(gap: SourceGap): string {
  const missed = openPartOf(gap);
  const { fromMs, toMs } = missed ?? gap;
  const posts = [
    ...(gap.lastPostId === null ? [] : [`after post ${gap.lastPostId}`]),
    ...(gap.nextPostId === null ? [] : [`before post ${gap.nextPostId}`]),
  ];
  const bounds = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
  const length = `${((toMs - fromMs) / 1000).toFixed(1)} s`;
  return [`${bounds} (${length})`, ...posts, missed === null ? "sent again by X" : `open: ${gap.cause}`].join(
    ", ",
  );
}
