/**
 * A few sends under way at once, in order, and no more: the next one waits for room, the first failure stops all.
 */
export interface SendWindow {
  /** Starts `send` as soon as fewer than the maximum are under way. Rejects with the first failure of any. */
  start(send: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is under way; rejects with the first failure. */
  drain(): Promise<void>;
}

export function createSendWindow(maxUnderWay: number): SendWindow {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const check = () => {
    if (failure !== undefined) throw failure.error;
  };

  return {
    async start(send) {
      while (underWay.size >= maxUnderWay) await Promise.race(underWay);
      check();
      const running: Promise<void> = send()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    },
    async drain() {
      await Promise.all(underWay);
      check();
    },
  };
}
