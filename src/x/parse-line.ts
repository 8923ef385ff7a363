/**
 * One line of the stream: a post, a notice, or bytes that are neither. Spec: X API v2 filtered stream, one JSON
 * object a line in UTF-8, fields in any order, kinds of message not known yet to be tolerated.
 */
import { isUtf8 } from "node:buffer";
import { describeCause } from "../kernel/error.ts";
import { type Problem, readNotice } from "./problem.ts";

export type ParsedLine =
  /** Any JSON that is no notice, an unknown kind of message too. */
  | { readonly kind: "post"; readonly payload: unknown }
  | { readonly kind: "notice"; readonly problem: Problem }
  | { readonly kind: "malformed"; readonly message: string };

const postHead = Buffer.from('{"data":{');

/**
 * True for a line that begins as X begins its posts. Such a line is no notice, so that its parsing can wait until
 * someone takes it; false says nothing.
 */
export function beginsAsPost(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < postHead.length) return false;
  for (let index = 0; index < postHead.length; index++) {
    if (bytes[start + index] !== postHead[index]) return false;
  }
  return true;
}

export function parseLine(line: Buffer): ParsedLine {
  const text = line.toString();
  // Decoding turns bytes that are not UTF-8 into U+FFFD without a word; text that truly has one is rare.
  if (text.includes("\ufffd") && !isUtf8(line))
    return { kind: "malformed", message: "the line is not UTF-8" };
  return parseText(text);
}

/** Of a line that was decoded without loss; the CR of its ending may be there still. */
export function parseText(text: string): ParsedLine {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    return { kind: "malformed", message: `the line is not JSON: ${describeCause(error)}` };
  }
  const problem = readNotice(payload);
  return problem === null ? { kind: "post", payload } : { kind: "notice", problem };
}
