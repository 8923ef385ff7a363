/**
 * Where Kafka would have closed a segment's file and begun the next. Old records go, and are compacted, by whole
 * closed segments: that is what readers see of them. Spec: `segment.bytes`, `segment.ms`, `retention.ms` and
 * `retention.bytes` in https://kafka.apache.org/documentation/#topicconfigs
 */
import type { CleanupRules } from "./cleaner.ts";
import { batch } from "./record-batch.ts";
import type { Segments } from "./segments.ts";

export interface Rolls {
  /** Base offset of the newest segment, which is open. */
  readonly openedAt: number;
  /** A batch is about to be appended: it may open a segment. */
  onAppend(bytes: Buffer, baseOffset: number, rules: Pick<CleanupRules, "segmentBytes" | "segmentMs">): void;
  /** Closes the newest segment: what is appended at `endOffset` and later goes to another one. */
  close(endOffset: number): void;
  /** Where retention lets the log start, at the earliest; `endOffset` when nothing is left. */
  startAfterRetention(rules: CleanupRules, endOffset: number, nowMs: number): number;
  /** The log starts here now. */
  forgetBefore(startOffset: number): void;
}

interface Roll {
  readonly baseOffset: number;
  /** Of its first batch; infinite until it has one. */
  firstMs: number;
  newestMs: number;
}

/** Bytes of the batches from one offset up to another. */
export function bytesBetween(segments: Segments, from: number, before: number): number {
  return from >= before ? 0 : segments.read(from, Number.MAX_SAFE_INTEGER, true, before).byteLength;
}

export function createRolls(segments: Segments): Rolls {
  /** Ascending; the last one is open. */
  let rolls: Roll[] = [];
  let openBytes = 0;

  return {
    get openedAt() {
      return rolls.at(-1)?.baseOffset ?? 0;
    },
    onAppend(bytes, baseOffset, { segmentBytes, segmentMs }) {
      const timestampMs = batch.maxTimestamp(bytes, 0);
      const open = rolls.at(-1);
      const isFull =
        open === undefined ||
        openBytes + bytes.length > segmentBytes ||
        timestampMs - open.firstMs > segmentMs;
      if (isFull) {
        rolls.push({ baseOffset, firstMs: timestampMs, newestMs: timestampMs });
        openBytes = 0;
      } else if (open.firstMs === Infinity) {
        open.firstMs = timestampMs;
        open.newestMs = timestampMs;
      } else open.newestMs = Math.max(open.newestMs, timestampMs);
      openBytes += bytes.length;
    },
    close(endOffset) {
      if ((rolls.at(-1)?.baseOffset ?? endOffset) === endOffset) return;
      rolls.push({ baseOffset: endOffset, firstMs: Infinity, newestMs: Infinity });
      openBytes = 0;
    },
    startAfterRetention({ retentionMs, retentionBytes }, endOffset, nowMs) {
      let gone = 0;
      const startOf = (index: number) => rolls[index]?.baseOffset ?? endOffset;
      if (retentionMs >= 0) {
        for (const { newestMs } of rolls) {
          if (nowMs - newestMs <= retentionMs) break;
          gone++;
        }
      }
      if (retentionBytes >= 0) {
        // A segment goes only if as much as is to be kept is left without it.
        let spareBytes = bytesBetween(segments, startOf(gone), endOffset) - retentionBytes;
        while (gone < rolls.length) {
          spareBytes -= bytesBetween(segments, startOf(gone), startOf(gone + 1));
          if (spareBytes < 0) break;
          gone++;
        }
      }
      return gone === 0 ? 0 : startOf(gone);
    },
    forgetBefore(startOffset) {
      const first = rolls.findIndex(
        (_roll, index) => (rolls[index + 1]?.baseOffset ?? Infinity) > startOffset,
      );
      if (first > 0) rolls = rolls.slice(first);
    },
  };
}
