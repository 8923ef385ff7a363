/**
 * A post of somebody's own, from what `POST /posts` was sent: a text, or a whole v2 message.
 */
import { isPostId } from "../../../kernel/brand.ts";
import { isJsonObject, type JsonObject } from "../../../kernel/json.ts";
import type { PlayedPost } from "../played-post.ts";
import { createdAtOf, snowflakeAt } from "../snowflake.ts";

export interface PostStamp {
  readonly nowMs: number;
  readonly serial: number;
}

const authorId = "1000000007";
const shortMembers = ["text", "username", "lang"] as const;

/** A sentence that says what is wrong, where nothing can be made of it. */
export function createInjectedPost(body: unknown, { nowMs, serial }: PostStamp): PlayedPost | string {
  const hint = `send {"text": "..."} (with "username" and "lang" if you like), or {"data": {...}, "includes": {...}}`;
  if (!isJsonObject(body)) return `a post is a JSON object: ${hint}`;
  const id = snowflakeAt(nowMs, serial);
  const stamp = { id, edit_history_tweet_ids: [id], created_at: createdAtOf(nowMs) };
  if (isJsonObject(body.data)) {
    const given = body.data;
    if (typeof given.text !== "string") return `data.text must be a text: ${hint}`;
    if (given.id !== undefined && !isPostId(given.id))
      return "data.id must be a post id: text of 1 to 19 digits";
    const own = typeof given.id === "string" ? given.id : id;
    const data = { ...stamp, id: own, edit_history_tweet_ids: [own], ...given };
    return { id: own, payload: { ...withoutRules(body), data }, recorded: null };
  }
  const unknown = Object.keys(body).filter((name) => !shortMembers.some((known) => known === name));
  if (unknown.length > 0) return `${unknown.join(", ")} is not known beside "text": ${hint}`;
  const { text, username = "somebody", lang = "und" } = body;
  if (typeof text !== "string" || typeof username !== "string" || typeof lang !== "string") {
    return `"text", "username" and "lang" must be texts: ${hint}`;
  }
  const data = { ...stamp, text, lang, author_id: authorId, conversation_id: id };
  const author = { id: authorId, name: username, username };
  return { id, payload: { data, includes: { users: [author] } }, recorded: null };
}

/** The emulator says which rules matched. */
function withoutRules({ matching_rules: _, ...message }: JsonObject): JsonObject {
  return message;
}
