/**
 * How a consumer gets on, for people: rate, lag, and the versions that its records were written with.
 */
import type { ConsumeTally } from "../telemetry/tally.ts";
import type { Host } from "./host.ts";
import type { SummaryRow } from "./summary.ts";

/** Where records go by on the same screen, or nobody watches, a line now and then is enough. */
export function progressIntervalMs({ stdout, stderr }: Pick<Host, "stdout" | "stderr">): number {
  return stderr.isTTY === true && stdout.isTTY !== true ? 2000 : 10_000;
}

/** `nowMs` is a steady clock. The returned function says how it is now, with the rate since it was last called. */
export function describeConsumption(tally: ConsumeTally, nowMs: () => number): () => string {
  let last = { atMs: nowMs(), consumed: tally.consumed };
  return () => {
    const now = { atMs: nowMs(), consumed: tally.consumed };
    const seconds = (now.atMs - last.atMs) / 1000;
    const rate = seconds > 0 ? (now.consumed - last.consumed) / seconds : 0;
    last = now;
    const parts = [`consumed ${tally.consumed} (${rate.toFixed(1)}/s)`, `printed ${tally.printed}`];
    if (tally.lags.size > 0) parts.push(`lag ${totalLag(tally)}`);
    for (const [version, count] of byVersion(tally)) parts.push(`version ${version}: ${count}`);
    return parts.join(", ");
  };
}

/** Rows of the summary: nothing where nothing was heard of. */
export function consumptionRows(tally: ConsumeTally): SummaryRow[] {
  const versions = byVersion(tally).map(
    ([version, count]): SummaryRow => [`version ${version}`, String(count)],
  );
  return tally.lags.size === 0 ? versions : [...versions, ["lag", String(totalLag(tally))]];
}

function totalLag({ lags }: ConsumeTally): number {
  return [...lags.values()].reduce((sum, lag) => sum + lag, 0);
}

function byVersion({ versions }: ConsumeTally): readonly (readonly [string, number])[] {
  return [...versions].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }));
}
