/**
 * The header form of a schema's identity, which other writers may use: the payload is bare, and a record header
 * holds 0x01 and the schema's 16-byte GUID, or 0x00 and its four-byte id. Read only: Birdwire writes frames.
 *
 * Spec: Confluent Platform 8, schema id headers `__key_schema_id` and `__value_schema_id`.
 */
import type { SchemaId } from "../kernel/brand.ts";
import { frameHeadBytes, parseFrame } from "./frame.ts";

export const schemaIdHeaders = { key: "__key_schema_id", value: "__value_schema_id" } as const;

const guidMagic = 0x01;
const guidBytes = 16;

export type SchemaIdHeader =
  | { readonly kind: "id"; readonly id: SchemaId }
  /** The GUID in lower-case hex with dashes, as a registry prints it. */
  | { readonly kind: "guid"; readonly guid: string }
  /** The header's length is neither 5 (id) nor 17 (GUID), as its magic byte asks. */
  | { readonly kind: "bad-length"; readonly length: number }
  | { readonly kind: "bad-magic"; readonly magic: number }
  | { readonly kind: "bad-id"; readonly id: number };

/**
 * What the record's headers say about the schema of its key or value; null when they say nothing, and the bytes
 * are to be read as a frame. Never throws.
 */
export function readSchemaIdHeader(
  headers: Readonly<Record<string, Buffer>>,
  part: keyof typeof schemaIdHeaders,
): SchemaIdHeader | null {
  const name = schemaIdHeaders[part];
  const bytes = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return bytes === undefined ? null : parseSchemaIdHeader(bytes);
}

/** What one header's bytes are. Never throws. */
export function parseSchemaIdHeader(bytes: Buffer): SchemaIdHeader {
  const { length } = bytes;
  if (bytes[0] === guidMagic) {
    return length === 1 + guidBytes
      ? { kind: "guid", guid: printGuid(bytes) }
      : { kind: "bad-length", length };
  }
  const frame = parseFrame(bytes);
  switch (frame.kind) {
    case "framed":
      return length === frameHeadBytes ? { kind: "id", id: frame.id } : { kind: "bad-length", length };
    case "short-frame":
      return { kind: "bad-length", length };
    case "bad-magic":
    case "bad-id":
      return frame;
  }
}

function printGuid(bytes: Buffer): string {
  const groups = [4, 6, 8, 10, 16].map((end, at, ends) =>
    bytes.toString("hex", 1 + (ends[at - 1] ?? 0), 1 + end),
  );
  return groups.join("-");
}
