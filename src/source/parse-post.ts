/**
 * One line of NDJSON as a post: X API v2 messages, one a line, in UTF-8.
 */
import { isUtf8 } from "node:buffer";
import { describeCause } from "../kernel/error.ts";
import type { PostOrigin, SourcedPost } from "./port.ts";

/** The line, without its ending, as the post it holds, or as malformed with the reason. Never throws. */
export function parsePost(raw: Buffer, origin: PostOrigin): SourcedPost {
  const malformed = (message: string): SourcedPost => ({ kind: "malformed", origin, raw, message });
  const text = raw.toString();
  // Decoding turns bytes that are not UTF-8 into U+FFFD without a word; text that truly has one is rare.
  if (text.includes("\ufffd") && !isUtf8(raw)) return malformed("the line is not UTF-8");
  try {
    return { kind: "post", origin, raw, payload: JSON.parse(text) };
  } catch (error) {
    return malformed(`the line is not JSON: ${describeCause(error)}`);
  }
}
