/**
 * Edits: a post that is edited comes again under a new id, with the ids of all its versions, oldest first, and one
 * edit less to go. Source: x-api facts 1.9.
 */
import { isJsonObject, type JsonObject } from "../../../kernel/json.ts";
import { createdAtOf } from "../snowflake.ts";
import type { PostAt } from "./create-post.ts";

const maxVersions = 6;

/** Reposts, polls and replies that mention others are not edited here; a post has five edits at most. */
export function canBeEdited({ data }: JsonObject): boolean {
  if (!isJsonObject(data)) return false;
  const history = data.edit_history_tweet_ids;
  const isPlain = data.referenced_tweets === undefined && data.note_tweet === undefined;
  return isPlain && data.attachments === undefined && Array.isArray(history) && history.length < maxVersions;
}

/** The next version of a post that can be edited. */
export function createEdit(message: JsonObject, at: PostAt): JsonObject {
  const data = isJsonObject(message.data) ? message.data : {};
  const before = data.edit_history_tweet_ids as readonly string[];
  const controls = isJsonObject(data.edit_controls) ? data.edit_controls : {};
  const left = maxVersions - 1 - before.length;
  const text = `${String(data.text).replace(/ ✏️.*$/u, "")} ✏️${before.length}`;
  return {
    ...message,
    data: {
      ...data,
      id: at.id,
      text,
      display_text_range: [0, Array.from(text).length],
      created_at: createdAtOf(at.timeMs),
      edit_history_tweet_ids: [...before, at.id],
      edit_controls: { ...controls, is_edit_eligible: left > 0, edits_remaining: left },
    },
  };
}
