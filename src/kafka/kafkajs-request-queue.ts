/**
 * kafkajs 2.2.4's request queue computes a timer's delay by subtracting the clock from "throttled until", which is
 * -1 when nothing is throttled: each reply arms a timer with a negative delay, which fires after 1 ms and arms the
 * next, and Node 24 prints TimeoutNegativeWarning (tulios/kafkajs#1751). The guard returns where there is nothing to
 * wait for; elsewhere the delay is positive and the method does what it did.
 */
import { createRequire } from "node:module";

/** The part of kafkajs's RequestQueue that the guard reads. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}

interface RequestQueueClass {
  readonly prototype: { scheduleCheckPendingRequests(this: RequestQueue): void };
}

/** The class inside kafkajs; the package is pinned to one version, and a test watches the method's source. */
export function loadRequestQueue(): RequestQueueClass {
  return createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as RequestQueueClass;
}

let guarded = false;

/** Guards the class once for the process; later calls do nothing. */
export function guardRequestQueue(): void {
  if (guarded) return;
  guarded = true;
  const { prototype } = loadRequestQueue();
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    schedule.call(this);
  };
}
