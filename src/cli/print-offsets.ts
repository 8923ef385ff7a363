/**
 * Where a group stands and how it moves, on the screen: a line for each partition, numbers to the right.
 */
import type { GroupPlace, GroupStanding, Move } from "../operations/offsets.ts";
import { neutralize } from "../render/neutralize.ts";

export function printStanding({ group, topic }: GroupPlace, { members, partitions }: GroupStanding): string {
  const rows = partitions.map(({ partition, committed, end, lag }) => [partition, committed, end, lag]);
  const total = partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
  const count = members.length === 1 ? "1 member" : `${members.length} members`;
  return neutralize(
    `group ${group}, topic ${topic}: ${count}, lag ${total}\n${printColumns(["partition", "committed", "end", "lag"], rows)}`,
    { keepLines: true },
  );
}

export function printMoves({ group, topic }: GroupPlace, moves: readonly Move[]): string {
  const rows = moves.map(({ partition, from, to }) => [
    partition,
    from,
    to,
    from === null ? null : signed(to - from),
  ]);
  return neutralize(
    `group ${group}, topic ${topic}\n${printColumns(["partition", "from", "to", "moved by"], rows)}`,
    { keepLines: true },
  );
}

/** One object a line. */
export function printOffsetsJson(rows: readonly object[]): string {
  return rows.map((row) => `${neutralize(JSON.stringify(row))}\n`).join("");
}

function printColumns(titles: readonly string[], rows: readonly (readonly (number | string | null)[])[]) {
  const lines = [titles, ...rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))))];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => `  ${line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}\n`)
    .join("");
}

function signed(by: number): string {
  return by > 0 ? `+${by}` : String(by);
}
