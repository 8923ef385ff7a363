/**
 * How far a replay is, in a line: share of the file's bytes, posts a second, and how long it will take.
 */
import type { Clock } from "../kernel/clock.ts";
import type { Replay } from "../source/replay.ts";
import type { ProduceTally } from "../telemetry/tally.ts";

export interface ReplayProgressOptions {
  /** As a Replay tells it. */
  readonly position: Readonly<Pick<Replay, "readBytes" | "skippedBytes" | "totalBytes">>;
  readonly tally: Pick<ProduceTally, "received" | "produced">;
  readonly clock: Clock;
  /** What is counted. Default `posts`. */
  readonly what?: string;
}

/** Starts measuring; the returned function describes. */
export function createReplayProgress({
  position,
  tally,
  clock,
  what = "posts",
}: ReplayProgressOptions): () => string {
  const startedMs = clock.now();
  return () => {
    const { readBytes, skippedBytes, totalBytes } = position;
    const seconds = (clock.now() - startedMs) / 1000;
    const counts = `received ${tally.received}, produced ${tally.produced}`;
    if (seconds <= 0 || readBytes === 0) return counts;
    const rate = `${Math.round(tally.received / seconds)} ${what}/s`;
    if (totalBytes === null || totalBytes === 0) return `${counts}, ${rate}`;
    const share = Math.min(1, readBytes / totalBytes);
    const ownBytes = readBytes - skippedBytes;
    const leftBytes = totalBytes - readBytes;
    const left =
      leftBytes <= 0 || ownBytes <= 0 ? "" : `, ${printSeconds((seconds * leftBytes) / ownBytes)} left`;
    return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} % of the file, ${counts}, ${rate}${left}`;
  };
}

function printSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
