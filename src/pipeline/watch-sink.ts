/**
 * The sink of a run, watched: its first failure is the end of the run, wherever the write came from (a batch under way,
 * a table's timer), and nothing is written behind what was not taken.
 */
import type { TextSink } from "./presenter.ts";

export interface WatchedSink {
  /** Refuses everything after its first failure, with that. */
  readonly sink: TextSink;
  readonly failure: { readonly error: unknown } | undefined;
  /** Resolves when the work has ended or a write has failed, whichever is first; rejects as the work does before that. */
  untilFailed(work: Promise<void>): Promise<void>;
}

/** `onFailure` is told of the first failure, before whoever wrote. */
export function watchSink(sink: TextSink, onFailure: () => void): WatchedSink {
  const waiting = new Set<() => void>();
  let failure: { readonly error: unknown } | undefined;
  const watch = async (write: () => Promise<void>) => {
    if (failure !== undefined) throw failure.error;
    try {
      await write();
    } catch (error) {
      if (failure === undefined) {
        failure = { error };
        onFailure();
        for (const wake of waiting) wake();
      }
      throw failure.error;
    }
  };
  return {
    sink: {
      write: (text) => watch(() => sink.write(text)),
      ...(sink.writeBytes !== undefined && {
        writeBytes: (bytes, onDone) => watch(async () => await sink.writeBytes?.(bytes, onDone)),
      }),
    },
    get failure() {
      return failure;
    },
    async untilFailed(work) {
      let wake = () => {};
      const failed = new Promise<void>((resolve) => {
        wake = resolve;
        waiting.add(wake);
        if (failure !== undefined) wake();
      });
      try {
        await Promise.race([failed, work]);
      } finally {
        waiting.delete(wake);
      }
    },
  };
}
