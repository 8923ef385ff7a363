/**
 * One run of the recorder: X's stream, with its rules set as the producer sets them, to a file.
 */
import type { Config } from "../config/settings.ts";
import type { Clock } from "../kernel/clock.ts";
import { type RecordEnd, record } from "../pipeline/record.ts";
import type { SourceGap } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import type { RecordTally } from "../telemetry/tally.ts";
import type { TweetVersion } from "../tweets/version.ts";
import { openRunMoney, openStream, type SourceSettings } from "./run-produce.ts";

export interface RecordRun {
  readonly config: Config;
  readonly log: Log;
  readonly file: string;
  readonly source: Extract<SourceSettings, { kind: "x" }>;
  /** X is asked for the fields that this version of Tweet has. Default: the latest. */
  readonly schemaVersion?: TweetVersion | undefined;
  readonly maxPosts?: number | undefined;
  readonly untilIdleMs?: number | undefined;
  /** Told of each time in which X's stream was away. */
  readonly onGap: (gap: SourceGap) => void;
  readonly tally: RecordTally;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Runs until it ends by itself or is told to; everything received is then in the file. Whoever interrupts it before
 * anything came wants no empty file in the way of the next try.
 */
export async function runRecord(run: RecordRun): Promise<RecordEnd> {
  const { file, tally, clock, maxPosts, untilIdleMs, signal } = run;
  const { openRecording } = await import("../source/recording.ts");
  const money = await openRunMoney(run);
  // First, so that a file that cannot be written costs no post.
  await using recording = await openRecording({ file, clock });
  await using stream = await openStream(run, run.source, { money, lastPost: null });
  const source = money === null ? stream : money.guard.watch(stream, () => stream.queueLength);
  const end = await record({ source, keeper: recording, clock, tally }, { maxPosts, untilIdleMs, signal });
  if (end !== "signal" || tally.recorded > 0) await recording.finish();
  return end;
}
