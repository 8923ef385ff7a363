/**
 * The Confluent frame, which tells a record's schema: magic byte 0x00, schema id as four bytes big-endian, payload.
 *
 * Spec: Confluent Schema Registry, "Wire format".
 */
import { parseSchemaId, type SchemaId } from "../kernel/brand.ts";

export const frameMagic = 0x00;
/** Bytes before the payload. */
export const frameHeadBytes = 5;
const maxSchemaId = 2 ** 31 - 1;

export type FrameOutcome =
  /** `payload` shares memory with the bytes that were parsed; it may be empty. */
  | { readonly kind: "framed"; readonly id: SchemaId; readonly payload: Buffer }
  /** Too few bytes for a magic byte and an id. */
  | { readonly kind: "short-frame"; readonly length: number }
  /** The first byte is not 0x00: somebody wrote without a schema, or in another form. */
  | { readonly kind: "bad-magic"; readonly magic: number }
  /** The id is none that a registry gives: 0, or above 2^31-1. */
  | { readonly kind: "bad-id"; readonly id: number };

/** A new buffer with the head and a copy of the payload. */
export function encodeFrame(id: SchemaId, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + payload.length);
  payload.copy(frame, writeFrameHead(frame, 0, id));
  return frame;
}

/** Writes the five bytes of the head at `offset` and returns where the payload begins. Throws RangeError past the end. */
export function writeFrameHead(target: Buffer, offset: number, id: SchemaId): number {
  target.writeUInt8(frameMagic, offset);
  return target.writeUInt32BE(id, offset + 1);
}

/** The schema id of bytes that are a frame; null for all others. Without the payload that `parseFrame` makes. */
export function readFrameId(bytes: Buffer): SchemaId | null {
  if (bytes.length < frameHeadBytes || bytes[0] !== frameMagic) return null;
  const id = bytes.readUInt32BE(1);
  return id < 1 || id > maxSchemaId ? null : (id as SchemaId);
}

/** What a record's bytes are. Never throws. */
export function parseFrame(bytes: Buffer): FrameOutcome {
  const magic = bytes[0];
  if (magic !== undefined && magic !== frameMagic) return { kind: "bad-magic", magic };
  if (bytes.length < frameHeadBytes) return { kind: "short-frame", length: bytes.length };
  const id = bytes.readUInt32BE(1);
  if (id < 1 || id > maxSchemaId) return { kind: "bad-id", id };
  return { kind: "framed", id: parseSchemaId(id), payload: bytes.subarray(frameHeadBytes) };
}
