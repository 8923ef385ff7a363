/**
 * Posts made into edits of one another: each keeps its id and text, and its history names all before it, oldest first.
 * Source: x-api facts 1.9.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { OfferedPost } from "./faults.ts";

export function rewriteEdits(offered: readonly OfferedPost[]): OfferedPost[] {
  const history: string[] = [];
  return offered.map((entry) => {
    const { post } = entry;
    history.push(post.id);
    const ids = [...history];
    const data = { ...(post.payload.data as JsonObject), edit_history_tweet_ids: ids };
    const moved = { ...post.moved, edit_history_tweet_ids: JSON.stringify(ids) };
    return { ...entry, post: { ...post, payload: { ...post.payload, data }, moved } };
  });
}
