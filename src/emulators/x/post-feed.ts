/**
 * Where the posts that the emulator plays come from: batches of checked posts, each a v2 message without
 * `matching_rules`. A feed that ends has no more posts; one that does not is played for ever.
 */
import { isPostId } from "../../kernel/brand.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { PlayedPost } from "./projection.ts";

export interface PostFeed extends AsyncDisposable {
  /** Lines that could not be played so far; each was named on the log. */
  readonly brokenLines: number;
  /** Can be called once. */
  batches(): AsyncGenerator<readonly PlayedPost[]>;
}

/** The post in a line of a recording, or a sentence that says why it can't be played. */
export function readPost(text: string): PlayedPost | string {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  if (!isJsonObject(payload) || !isJsonObject(payload.data)) return `it has no "data" object`;
  const { id } = payload.data;
  if (!isPostId(id) || BigInt(id) >= 2n ** 63n) return "data.id is not a post id of 1 to 19 digits";
  return { id, payload, text };
}
