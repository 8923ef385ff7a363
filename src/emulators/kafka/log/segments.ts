/**
 * The batches of one partition in memory: large ones as they came off the socket, small ones side by side in
 * shared buffers, so that a log of small batches neither pins socket memory nor is read in a thousand pieces.
 */
import type { Chunks } from "../protocol/writer.ts";
import { batch } from "./record-batch.ts";

/** A batch from this size on keeps its own buffer. */
const largeBatchBytes = 32 * 1024;
const firstSharedBytes = 4 * 1024;
const maxSharedBytes = 256 * 1024;

interface Segment {
  readonly buffer: Buffer;
  /** Bytes of the buffer in use. */
  length: number;
  /** Of each batch, ascending. */
  readonly baseOffsets: number[];
  readonly positions: number[];
  /** Batches at the front that were dropped. */
  dropped: number;
  maxTimestamp: number;
}

/** Where a batch lies. */
export interface BatchPlace {
  readonly buffer: Buffer;
  readonly position: number;
}

export interface Segments {
  readonly byteLength: number;
  readonly batchCount: number;
  /** Takes a batch whose base offset is set. Its memory may be kept: the caller does not write to it again. */
  append(bytes: Buffer): void;
  /** Drops the oldest batch; there must be one. Returns the offset that follows it. */
  dropOldest(): number;
  /** Puts others in the place of the batches that start below `beforeOffset`. */
  replaceBefore(beforeOffset: number, replace: (batches: Buffer[]) => readonly Buffer[]): void;
  /** The last offset of the oldest batch, or -1 when there is none. */
  oldestLastOffset(): number;
  /**
   * Whole batches from the one that holds `offset`, or follows it, up to those that start at `beforeOffset`,
   * within `maxBytes`; with `atLeastOne` the first even when it is larger.
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean, beforeOffset?: number): Chunks;
  /** The first batch from the one that holds `offset` whose newest record is at `timestampMs` or later. */
  findByTimestamp(offset: number, timestampMs: number): BatchPlace | null;
  /** The first batch that holds the newest record of all. */
  findNewest(): BatchPlace | null;
}

const nothing: Chunks = { buffers: [], byteLength: 0 };

/** Index of the last element that is not above `value`; `values` ascend from index `from`. */
function floorIndex(values: readonly number[], value: number, from: number): number {
  let low = from;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((values[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function endOf(segment: Segment, index: number): number {
  return segment.positions[index + 1] ?? segment.length;
}

/** Index of the batch that holds `offset` or follows it, past the end when there is none in this segment. */
function indexFrom(segment: Segment, offset: number): number {
  const index = floorIndex(segment.baseOffsets, offset, segment.dropped);
  return batch.lastOffset(segment.buffer, segment.positions[index] as number) < offset ? index + 1 : index;
}

/** Where the batches that start below `beforeOffset` end, from index `first` on. */
function endBefore(segment: Segment, first: number, beforeOffset: number): number {
  if ((segment.baseOffsets.at(-1) as number) < beforeOffset) return segment.length;
  const last = floorIndex(segment.baseOffsets, beforeOffset - 1, first);
  if ((segment.baseOffsets[last] as number) >= beforeOffset) return segment.positions[first] as number;
  return endOf(segment, last);
}

export function createSegments(): Segments {
  const segments: Segment[] = [];
  let byteLength = 0;
  let batchCount = 0;
  let sharedBytes = firstSharedBytes;

  const openSegment = (buffer: Buffer): Segment => {
    const segment: Segment = {
      buffer,
      length: 0,
      baseOffsets: [],
      positions: [],
      dropped: 0,
      maxTimestamp: Number.NEGATIVE_INFINITY,
    };
    segments.push(segment);
    return segment;
  };

  /** A segment whose buffer holds `bytes` at its `length`. */
  const place = (bytes: Buffer): Segment => {
    if (bytes.length >= largeBatchBytes) {
      const ownsItsMemory = bytes.buffer.byteLength <= bytes.length * 1.5;
      return openSegment(ownsItsMemory ? bytes : copyOf(bytes));
    }
    let segment = segments.at(-1);
    if (segment === undefined || segment.buffer.length - segment.length < bytes.length) {
      segment = openSegment(Buffer.allocUnsafeSlow(Math.max(sharedBytes, bytes.length)));
      sharedBytes = Math.min(sharedBytes * 2, maxSharedBytes);
    }
    bytes.copy(segment.buffer, segment.length);
    return segment;
  };

  const segmentIndexOf = (offset: number): number => {
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((segments[middle]?.baseOffsets[0] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const append = (bytes: Buffer) => {
    const segment = place(bytes);
    segment.baseOffsets.push(batch.baseOffset(bytes, 0));
    segment.positions.push(segment.length);
    segment.length += bytes.length;
    segment.maxTimestamp = Math.max(segment.maxTimestamp, batch.maxTimestamp(bytes, 0));
    byteLength += bytes.length;
    batchCount++;
  };

  return {
    get byteLength() {
      return byteLength;
    },
    get batchCount() {
      return batchCount;
    },
    append,
    replaceBefore(beforeOffset, replace) {
      const older: Buffer[] = [];
      const newer: Buffer[] = [];
      for (const segment of segments) {
        for (let i = segment.dropped; i < segment.positions.length; i++) {
          const bytes = segment.buffer.subarray(segment.positions[i], endOf(segment, i));
          (batch.baseOffset(bytes, 0) < beforeOffset ? older : newer).push(bytes);
        }
      }
      const kept = replace(older);
      // Answers under way hold on to the old buffers, so the batches move to new ones.
      segments.length = 0;
      byteLength = 0;
      batchCount = 0;
      sharedBytes = firstSharedBytes;
      for (const bytes of kept) append(bytes);
      for (const bytes of newer) append(bytes);
    },
    dropOldest() {
      const segment = segments[0];
      if (segment === undefined) throw new RangeError("there is no batch to drop");
      const position = segment.positions[segment.dropped] ?? 0;
      const nextOffset = batch.lastOffset(segment.buffer, position) + 1;
      byteLength -= endOf(segment, segment.dropped) - position;
      batchCount--;
      segment.dropped++;
      if (segment.dropped === segment.positions.length) segments.shift();
      if (batchCount === 0) sharedBytes = firstSharedBytes;
      return nextOffset;
    },
    oldestLastOffset() {
      const segment = segments[0];
      if (segment === undefined) return -1;
      return batch.lastOffset(segment.buffer, segment.positions[segment.dropped] ?? 0);
    },
    read(offset, maxBytes, atLeastOne, beforeOffset = Number.POSITIVE_INFINITY) {
      if (batchCount === 0) return nothing;
      const buffers: Buffer[] = [];
      let total = 0;
      const from = segmentIndexOf(offset);
      for (let s = from; s < segments.length; s++) {
        const segment = segments[s] as Segment;
        const first = s === from ? indexFrom(segment, offset) : segment.dropped;
        if (first === segment.positions.length) continue;
        const start = segment.positions[first] as number;
        const room = maxBytes - total;
        let end = endBefore(segment, first, beforeOffset);
        if (end - start > room) {
          end = segment.positions[floorIndex(segment.positions, start + room, first)] as number;
          if (end === start && total === 0 && atLeastOne) end = endOf(segment, first);
        }
        if (end > start) {
          const whole = start === 0 && end === segment.buffer.length;
          buffers.push(whole ? segment.buffer : segment.buffer.subarray(start, end));
          total += end - start;
        }
        if (end < segment.length || total >= maxBytes) break;
      }
      return { buffers, byteLength: total };
    },
    findByTimestamp(offset, timestampMs) {
      if (batchCount === 0) return null;
      const from = segmentIndexOf(offset);
      for (let s = from; s < segments.length; s++) {
        const segment = segments[s] as Segment;
        if (segment.maxTimestamp < timestampMs) continue;
        const first = s === from ? indexFrom(segment, offset) : segment.dropped;
        for (let i = first; i < segment.positions.length; i++) {
          const position = segment.positions[i] as number;
          if (batch.maxTimestamp(segment.buffer, position) >= timestampMs) {
            return { buffer: segment.buffer, position };
          }
        }
      }
      return null;
    },
    findNewest() {
      let newest: BatchPlace | null = null;
      let newestMs = Number.NEGATIVE_INFINITY;
      for (const segment of segments) {
        if (segment.maxTimestamp <= newestMs) continue;
        for (let i = segment.dropped; i < segment.positions.length; i++) {
          const position = segment.positions[i] as number;
          const timestampMs = batch.maxTimestamp(segment.buffer, position);
          if (timestampMs <= newestMs) continue;
          newestMs = timestampMs;
          newest = { buffer: segment.buffer, position };
        }
      }
      return newest;
    },
  };
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
