/**
 * What a partition knows of transactions: which are open, and so how far its records are stable, and which were
 * aborted, so that readers of committed records can leave theirs out. Spec: KIP-98, "Transactional Guarantees".
 */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
}

export interface PartitionTransactions {
  isOpen(producerId: number): boolean;
  /** The first offset of the oldest open transaction, or null. */
  firstOpenOffset(): number | null;
  /** A producer wrote in a transaction: it is open from its first batch on. */
  onWrite(producerId: number, baseOffset: number): void;
  onMarker(producerId: number, markerOffset: number, isCommit: boolean): void;
  /** Those with records or markers from `fromOffset` on and below `beforeOffset`. */
  listAborted(fromOffset: number, beforeOffset: number): AbortedTransaction[];
  /** Whether the producer's batch at `offset` was undone. */
  isAborted(producerId: number, offset: number): boolean;
  /** The log starts here now. */
  forgetBefore(startOffset: number): void;
}

export function createPartitionTransactions(): PartitionTransactions {
  /** First offset by producer; in order of opening, hence ascending. */
  const open = new Map<number, number>();
  /** Ascending by last offset. */
  let aborted: AbortedTransaction[] = [];

  /** Index of the first one that ends at `offset` or later. */
  const indexOf = (offset: number) => {
    let low = 0;
    let high = aborted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((aborted[middle] as AbortedTransaction).lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    isOpen: (producerId) => open.has(producerId),
    firstOpenOffset() {
      const first = open.values().next();
      return first.done ? null : first.value;
    },
    onWrite(producerId, baseOffset) {
      if (!open.has(producerId)) open.set(producerId, baseOffset);
    },
    onMarker(producerId, markerOffset, isCommit) {
      const firstOffset = open.get(producerId);
      if (firstOffset === undefined) return;
      open.delete(producerId);
      if (!isCommit) aborted.push({ producerId, firstOffset, lastOffset: markerOffset });
    },
    listAborted(fromOffset, beforeOffset) {
      if (aborted.length === 0) return [];
      return aborted.slice(indexOf(fromOffset)).filter(({ firstOffset }) => firstOffset < beforeOffset);
    },
    isAborted(producerId, offset) {
      for (let i = indexOf(offset); i < aborted.length; i++) {
        const each = aborted[i] as AbortedTransaction;
        if (each.producerId === producerId) return each.firstOffset <= offset;
      }
      return false;
    },
    forgetBefore(startOffset) {
      const gone = indexOf(startOffset);
      if (gone > 0) aborted = aborted.slice(gone);
    },
  };
}
