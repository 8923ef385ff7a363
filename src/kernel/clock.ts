/**
 * Time as a dependency: code that waits takes a Clock, so tests decide how fast time goes.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` after `ms` milliseconds; the returned function takes it back. */
  after(ms: number, callback: () => void): () => void;
}

/** Node fires a longer timer at once: 2^31-1 ms, 24.8 days, which the wait for a monthly cap can pass. */
const maxTimerMs = 2 ** 31 - 1;

/** Real time. `speed` 60 makes a minute pass in a second (for emulators and journeys); default 1. */
export function createSystemClock(speed = 1): Clock {
  const startedAt = Date.now();
  const clock: Clock = {
    now: () => (speed === 1 ? Date.now() : Math.floor(startedAt + (Date.now() - startedAt) * speed)),
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
    after(ms, callback) {
      let timer: NodeJS.Timeout;
      const wait = (leftMs: number) => {
        const stepMs = Math.min(leftMs, maxTimerMs);
        timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : callback()), stepMs);
      };
      wait(Math.max(0, ms / speed));
      return () => clearTimeout(timer);
    },
  };
  return clock;
}

export interface ManualClock extends Clock {
  /** Moves time on and runs, in order, what fell due; work that waits for nothing but promises is let finish. */
  advance(ms: number): Promise<void>;
}

/** A clock that stands still until it is advanced. For tests. */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  let sequence = 0;
  const due = new Map<number, { at: number; callback: () => void }>();
  const clock: ManualClock = {
    now: () => nowMs,
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
    after(ms, callback) {
      const key = sequence++;
      due.set(key, { at: nowMs + Math.max(0, ms), callback });
      return () => void due.delete(key);
    },
    async advance(ms) {
      const until = nowMs + ms;
      // Whoever is on the way to a sleep gets there first.
      await settle();
      for (;;) {
        let next: { key: number; at: number; callback: () => void } | undefined;
        for (const [key, timer] of due) {
          if (timer.at <= until && (next === undefined || timer.at < next.at)) next = { key, ...timer };
        }
        if (next === undefined) break;
        due.delete(next.key);
        nowMs = next.at;
        next.callback();
        await settle();
      }
      nowMs = until;
    },
  };
  return clock;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function sleepOn(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
