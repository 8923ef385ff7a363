/**
 * What a partition remembers of idempotent producers: enough to know a batch that comes again and one that
 * skipped another. Spec: KIP-98, "Idempotent Producer Guarantees"; five batches back, as Kafka keeps.
 */
import { ErrorCode } from "../protocol/error-codes.ts";

const batchesKept = 5;
/** Producers remembered for each partition; the one that was silent longest is forgotten first. */
const producersKept = 10_000;
const sequences = 2 ** 31;

interface SentBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly timestampMs: number;
}

interface ProducerState {
  epoch: number;
  /** Oldest first. Empty right after the epoch was bumped. */
  batches: SentBatch[];
}

export type SequenceVerdict =
  | { readonly kind: "next" }
  | { readonly kind: "duplicate"; readonly baseOffset: number; readonly timestampMs: number }
  | { readonly kind: "refused"; readonly code: ErrorCode };

export interface ProducedBatch {
  readonly producerId: number;
  readonly epoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

const next: SequenceVerdict = { kind: "next" };
const outOfOrder: SequenceVerdict = { kind: "refused", code: ErrorCode.outOfOrderSequence };

export interface ProducerStates {
  check(produced: ProducedBatch): SequenceVerdict;
  /** Remembers a batch that was appended. */
  record(produced: ProducedBatch, baseOffset: number, timestampMs: number): void;
  /** A transaction's marker raises the epoch: what an older one still sends is refused from now on. */
  raiseEpoch(producerId: number, epoch: number): void;
}

/** Sequence numbers run from 0 to 2^31-1 and start again. */
function sequenceAfter(sequence: number, steps: number): number {
  return (sequence + steps) % sequences;
}

export function createProducerStates(): ProducerStates {
  const states = new Map<number, ProducerState>();

  /** Set anew, so that the map's order is that of the last batch. */
  const remember = (producerId: number, state: ProducerState) => {
    states.delete(producerId);
    states.set(producerId, state);
    if (states.size <= producersKept) return;
    const oldest = states.keys().next();
    if (!oldest.done) states.delete(oldest.value);
  };

  return {
    check({ producerId, epoch, baseSequence, recordCount }) {
      const state = states.get(producerId);
      // A producer whose history is lost (a restart of this broker) goes on where it was.
      if (state === undefined) return next;
      if (epoch < state.epoch) {
        return { kind: "refused", code: ErrorCode.invalidProducerEpoch };
      }
      if (epoch > state.epoch) {
        return baseSequence === 0 ? next : outOfOrder;
      }
      const lastSequence = sequenceAfter(baseSequence, recordCount - 1);
      for (const sent of state.batches) {
        if (sent.firstSequence === baseSequence && sent.lastSequence === lastSequence) {
          return { kind: "duplicate", baseOffset: sent.baseOffset, timestampMs: sent.timestampMs };
        }
      }
      const last = state.batches.at(-1);
      const expected = last === undefined ? 0 : sequenceAfter(last.lastSequence, 1);
      return baseSequence === expected ? next : outOfOrder;
    },
    record({ producerId, epoch, baseSequence, recordCount }, baseOffset, timestampMs) {
      let state = states.get(producerId);
      if (state === undefined || state.epoch !== epoch) state = { epoch, batches: [] };
      remember(producerId, state);
      const lastSequence = sequenceAfter(baseSequence, recordCount - 1);
      state.batches.push({ firstSequence: baseSequence, lastSequence, baseOffset, timestampMs });
      if (state.batches.length > batchesKept) state.batches.shift();
    },
    raiseEpoch(producerId, epoch) {
      const state = states.get(producerId);
      if (state === undefined || state.epoch < epoch) remember(producerId, { epoch, batches: [] });
    },
  };
}
