/**
 * A queue between one writer that cannot wait (a socket) and one reader that can: bounded by count and bytes.
 * It never drops: past the high mark `push` says so and the writer pauses its socket until `onRoom`.
 */
export interface BoundedQueueOptions {
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Called once the queue has fallen to half of both bounds after a `push` said "full". */
  readonly onRoom?: () => void;
}

export interface BoundedQueue<T> {
  readonly length: number;
  readonly bytes: number;
  /** Takes the item always; false when the queue is now at or past a bound and the writer should pause. */
  push(item: T, bytes: number): boolean;
  /** Up to `max` items as soon as there is one; null once the queue is closed and empty. One call at a time. */
  take(max: number): Promise<T[] | null>;
  /** No more items will come; what is queued can still be taken. With an error, `take` rejects after the rest. */
  close(error?: unknown): void;
}

export function createBoundedQueue<T>({ maxItems, maxBytes, onRoom }: BoundedQueueOptions): BoundedQueue<T> {
  // Side by side, so that an item costs no object of its own.
  let items: (T | undefined)[] = [];
  let sizes: number[] = [];
  let head = 0;
  let bytes = 0;
  let full = false;
  let closed = false;
  let failure: { error: unknown } | undefined;
  let waits = false;
  let wake: (() => void) | undefined;

  const size = () => items.length - head;
  /** Once for each wait: Node hears of every call that settles a promise again, which costs more than the item. */
  const wakeUp = () => {
    const settle = wake;
    wake = undefined;
    settle?.();
  };
  const makeRoom = () => {
    if (!full || size() > maxItems / 2 || bytes > maxBytes / 2) return;
    full = false;
    onRoom?.();
  };
  /** Nothing is copied: a reader that keeps up takes all there is. */
  const takeAll = () => {
    const taken = items as T[];
    items = [];
    sizes = [];
    bytes = 0;
    makeRoom();
    return taken;
  };

  return {
    get length() {
      return size();
    },
    get bytes() {
      return bytes;
    },
    push(item, itemBytes) {
      if (closed) throw new Error("push on a closed queue");
      items.push(item);
      sizes.push(itemBytes);
      bytes += itemBytes;
      if (size() >= maxItems || bytes >= maxBytes) full = true;
      wakeUp();
      return !full;
    },
    async take(max) {
      // The first caller would wait for ever, or take what the second one was meant to have.
      if (waits) throw new Error("take while another take waits");
      while (size() === 0) {
        if (closed) {
          if (failure) throw failure.error;
          return null;
        }
        waits = true;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        waits = false;
      }
      if (head === 0 && items.length <= max) return takeAll();
      const taken: T[] = [];
      for (const end = Math.min(items.length, head + max); head < end; head++) {
        taken.push(items[head] as T);
        // Or a taken item would stay in memory, uncounted, until the array is cut.
        items[head] = undefined;
        bytes -= sizes[head] ?? 0;
      }
      if (head === items.length) {
        items = [];
        sizes = [];
        head = 0;
      } else if (head > 4096 && head * 2 > items.length) {
        items = items.slice(head);
        sizes = sizes.slice(head);
        head = 0;
      }
      makeRoom();
      return taken;
    },
    close(error) {
      if (closed) return;
      closed = true;
      if (error !== undefined) failure = { error };
      wakeUp();
    },
  };
}
