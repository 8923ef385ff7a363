/**
 * A record's key and timestamp as text.
 */
import { isUtf8 } from "node:buffer";

/** ISO 8601 in UTC; null when the record has no timestamp, or one past what a calendar date can say. */
export function formatTimestamp(timestampMs: number): string | null {
  const date = new Date(timestampMs);
  return timestampMs < 0 || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

export type KeyText = { readonly kind: "text" | "base64"; readonly text: string };

/** A key as text where its bytes are UTF-8, else as base64. */
export function readKey(key: Buffer): KeyText {
  return isUtf8(key)
    ? { kind: "text", text: key.toString("utf8") }
    : { kind: "base64", text: key.toString("base64") };
}
