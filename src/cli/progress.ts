/**
 * A line on the log from time to time while something long is under way, when there is something new to say.
 */
import type { Log } from "../telemetry/log.ts";

/**
 * Starts saying `describe()`, every ten seconds by default; the returned function ends it. Never keeps the process
 * alive.
 */
export function startProgress(log: Log, describe: () => string, intervalMs = 10_000): () => void {
  let last = describe();
  const timer = setInterval(() => {
    const now = describe();
    if (now !== last) log.info(now);
    last = now;
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
