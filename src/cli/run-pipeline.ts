/**
 * Producer and consumer side by side in one process. They are the loops of `produce` and `consume` and know nothing
 * of each other; this file starts the second when the first is ready, and ends both.
 */

import type { Connections } from "./open-clients.ts";
import { type ConsumeRun, runConsume } from "./run-consume.ts";
import { type ProduceRun, runProduce } from "./run-produce.ts";
import type { PipelineTallies } from "./summary.ts";

export interface PipelineRun
  extends Connections,
    Pick<ProduceRun, "kafka" | "source" | "schemaVersion" | "partitions" | "maxTweets" | "clock" | "signal">,
    Pick<ConsumeRun, "openView" | "sink" | "batchIntervalMs" | "batchRows"> {
  readonly tallies: PipelineTallies;
}

/** How long the screen may take, once the run is told to end, for what the producer has sent. */
const drainMs = 5000;
const pollMs = 20;

/** Runs until the limit is shown, or the signal is aborted and what was produced is shown; rejects with the first error. */
export async function runPipeline(run: PipelineRun): Promise<void> {
  const { config, security, kafka, log, maxTweets, clock, signal } = run;
  const { produced, consumed } = run.tallies;
  const failed = new AbortController();
  const stopConsuming = new AbortController();
  const stopBoth = (error: unknown) => {
    // What was not shown then is not the screen's to answer for.
    failed.abort();
    stopConsuming.abort();
    throw error;
  };

  let announceReady = () => {};
  const ready = new Promise<"ready">((resolve) => {
    announceReady = () => resolve("ready");
  });
  const producing = runProduce({
    config,
    security,
    kafka,
    source: run.source,
    schemaVersion: run.schemaVersion,
    register: "auto",
    partitions: run.partitions,
    maxTweets,
    onReady: announceReady,
    tally: produced,
    log,
    clock,
    signal: AbortSignal.any([signal, failed.signal]),
  }).catch(stopBoth);

  const consuming = Promise.race([ready, producing]).then((first) =>
    // A producer that ended before it was ready has left nothing to show.
    first === "ready"
      ? runConsume({
          config,
          security,
          kafka,
          openView: run.openView,
          sink: run.sink,
          fromBeginning: true,
          untilEnd: false,
          maxRecords: maxTweets,
          batchIntervalMs: run.batchIntervalMs,
          batchRows: run.batchRows,
          tally: consumed,
          log,
          clock,
          signal: stopConsuming.signal,
        }).catch(stopBoth)
      : undefined,
  );
  // Awaited below, after the producer; until then a failure must not count as unheard.
  consuming.catch(() => {});

  let drain: NodeJS.Timeout | undefined;
  const drainSoon = () => {
    const giveUpAtMs = Date.now() + drainMs;
    drain ??= setInterval(() => {
      if (consumed.consumed >= produced.produced || Date.now() > giveUpAtMs) stopConsuming.abort();
    }, pollMs);
  };
  try {
    const end = await producing;
    if (end === "signal" || signal.aborted) drainSoon();
    else signal.addEventListener("abort", drainSoon, { once: true });
    await consuming;
  } finally {
    clearInterval(drain);
    signal.removeEventListener("abort", drainSoon);
    await Promise.allSettled([producing, consuming]);
    const { printed, hidden, deadLettered, undecodable } = consumed;
    const missing = produced.produced - printed - hidden - deadLettered - undecodable;
    if (missing > 0 && !failed.signal.aborted)
      log.warn(`${missing} tweets are in the topic and were not shown: the screen was too slow`);
  }
}
