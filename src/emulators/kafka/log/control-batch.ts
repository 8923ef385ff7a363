/**
 * The marker that ends a transaction in a partition: a control batch of one record, whose key says commit or
 * abort. Spec: https://kafka.apache.org/documentation/#controlbatch
 */
import {
  batch,
  batchHeaderBytes,
  controlBit,
  headerAt,
  transactionalBit,
  writeInt64At,
} from "./record-batch.ts";

export interface Marker {
  readonly producerId: number;
  readonly epoch: number;
  readonly isCommit: boolean;
  readonly timestampMs: number;
}

const abortType = 0;
const commitType = 1;
/** Lengths as zigzag varints: the record 16, its key 4, its value 6; offset and time are those of the batch. */
const recordStart = Buffer.from([32, 0, 0, 0, 8]);
/** Key: version, type. Value: its length, version, epoch of the coordinator. No headers. */
const recordRest = Buffer.from([0, 0, 0, abortType, 12, 0, 0, 0, 0, 0, 0, 0]);
const typeAt = batchHeaderBytes + recordStart.length + 3;

/** Base offset 0; the log sets its own. */
export function encodeMarker({ producerId, epoch, isCommit, timestampMs }: Marker): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(batchHeaderBytes), recordStart, recordRest]);
  bytes[headerAt.magic] = 2;
  bytes.writeInt16BE(transactionalBit | controlBit, headerAt.attributes);
  writeInt64At(bytes, headerAt.baseTimestamp, timestampMs);
  writeInt64At(bytes, headerAt.maxTimestamp, timestampMs);
  writeInt64At(bytes, headerAt.producerId, producerId);
  bytes.writeInt16BE(epoch, headerAt.producerEpoch);
  bytes.writeInt32BE(-1, headerAt.baseSequence);
  bytes.writeInt32BE(1, headerAt.recordCount);
  bytes[typeAt] = isCommit ? commitType : abortType;
  batch.seal(bytes);
  return bytes;
}
