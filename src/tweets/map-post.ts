/**
 * X's post to our Tweet: what a payload of the X API v2 must have to become a record, and why it can't otherwise.
 * Spec: X API v2 post object; `id` and `text` are always sent, `created_at` when it was asked for. Without one of these,
 * or with a text that cannot be carried, there is no record; whatever else is missing or malformed has its default.
 */
import type { TweetInput } from "../generated/tweet.ts";
import { isPostId, type PostId } from "../kernel/brand.ts";
import { isJsonObject, isWellFormedText, type JsonObject } from "../kernel/json.ts";
import { fromStoredTag } from "../kernel/rule-tag.ts";
import { mapContext, type TweetContext } from "./map-context.ts";
import { mapDetails, type TweetDetails } from "./map-details.ts";
import { PartReader } from "./part-reader.ts";
import { isTimestamp } from "./timestamp.ts";
import type { TweetVersion } from "./version.ts";

export type RejectionCode = "not-a-post" | "missing-field" | "invalid-field" | "unpaired-surrogate";

export type MappedPost =
  | {
      readonly kind: "tweet";
      readonly tweet: TweetInput;
      readonly id: PostId;
      /** Tags of the rules that matched, each once, as the rules' author wrote them. */
      readonly tags: readonly string[];
      /** Where the post has something that is not of its kind, and the Tweet the default; see part-reader.ts. */
      readonly leftOut: readonly string[];
    }
  | {
      readonly kind: "rejected";
      readonly code: RejectionCode;
      /** JSON pointer into the payload: `/data/created_at`; empty for the payload itself. */
      readonly path: string;
      readonly message: string;
    };

export interface MapOptions {
  /** Of the Tweet: it gets the fields of that version and no others. */
  readonly version: TweetVersion;
  /** When we had the post, in ms since the epoch. */
  readonly ingestedAtMs: number;
}

/**
 * Maps a payload `{data, includes?, matching_rules?}` to a Tweet. Pure, never throws; fields that Tweet does not have
 * are left out, and nothing is trimmed, cut or normalised.
 */
export function mapPost(payload: unknown, { version, ingestedAtMs }: MapOptions): MappedPost {
  if (!isJsonObject(payload))
    return rejected("not-a-post", "", `the payload is ${nameOf(payload)}, not an object`);
  const data = payload.data;
  if (!isJsonObject(data)) {
    return data === undefined || data === null
      ? rejected("not-a-post", "", `the payload has no data: it is ${nameOf(payload)}`)
      : rejected("not-a-post", "/data", `data is ${nameOf(data)}, not an object`);
  }
  const id = data.id;
  if (!isPostId(id)) return badField("/data/id", id, "1 to 19 decimal digits as a string");
  const text = data.text;
  if (typeof text !== "string") return badField("/data/text", text, "a string");
  if (!isWellFormedText(text)) return halfPair("/data/text");
  const createdAt = data.created_at;
  if (typeof createdAt !== "string" || !isTimestamp(createdAt)) {
    return badField(
      "/data/created_at",
      createdAt,
      "an ISO 8601 time with a zone, such as 2026-01-31T23:59:59.000Z",
    );
  }
  const tags = tagsOf(payload);
  if (version === 1)
    return { kind: "tweet", tweet: { created_at: createdAt, id, text }, id, tags, leftOut: [] };
  const reader = new PartReader();
  const details = mapDetails(payload, data, ingestedAtMs, reader);
  // Field by field, here and below: spreads would cost as much as all the reading.
  if (version === 2) {
    const tweet = {
      created_at: createdAt,
      id,
      text,
      author_id: details.author_id,
      lang: details.lang,
      conversation_id: details.conversation_id,
      in_reply_to_user_id: details.in_reply_to_user_id,
      possibly_sensitive: details.possibly_sensitive,
      public_metrics: details.public_metrics,
      edit_history_tweet_ids: details.edit_history_tweet_ids,
      matching_rules: details.matching_rules,
      ingested_at: details.ingested_at,
    } satisfies TweetInput & TweetDetails;
    return { kind: "tweet", tweet, id, tags, leftOut: reader.leftOut };
  }
  const note = data.note_tweet === undefined ? data.note_post : data.note_tweet;
  if (isJsonObject(note) && typeof note.text === "string" && !isWellFormedText(note.text)) {
    return halfPair("/data/note_tweet/text");
  }
  const context = mapContext(payload, data, reader);
  const tweet = {
    created_at: createdAt,
    id,
    text,
    author_id: details.author_id,
    lang: details.lang,
    conversation_id: details.conversation_id,
    in_reply_to_user_id: details.in_reply_to_user_id,
    possibly_sensitive: details.possibly_sensitive,
    public_metrics: details.public_metrics,
    edit_history_tweet_ids: details.edit_history_tweet_ids,
    matching_rules: details.matching_rules,
    ingested_at: details.ingested_at,
    entities: context.entities,
    referenced_tweets: context.referenced_tweets,
    author: context.author,
    media: context.media,
    place: context.place,
    note_text: context.note_text,
    edit_controls: context.edit_controls,
    withheld: context.withheld,
  } satisfies TweetInput & TweetDetails & TweetContext;
  return { kind: "tweet", tweet, id, tags, leftOut: reader.leftOut };
}

const noTags: readonly string[] = Object.freeze([]);

function tagsOf(payload: JsonObject): readonly string[] {
  const rules = payload.matching_rules;
  if (!Array.isArray(rules) || rules.length === 0) return noTags;
  // Made with its first tag: an empty list makes room for sixteen at its first push.
  let tags: string[] | null = null;
  for (const rule of rules) {
    const stored: unknown = isJsonObject(rule) ? rule.tag : undefined;
    if (typeof stored !== "string" || stored === "") continue;
    const tag = fromStoredTag(stored);
    if (tags === null) tags = [tag];
    else if (!tags.includes(tag)) tags.push(tag);
  }
  return tags ?? noTags;
}

function badField(path: string, value: unknown, wanted: string): MappedPost {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return value === undefined || value === null
    ? rejected("missing-field", path, `${name} is missing; it should be ${wanted}`)
    : rejected("invalid-field", path, `${name} is ${show(value)}; it should be ${wanted}`);
}

function halfPair(path: string): MappedPost {
  const message = "text has half of a surrogate pair, which UTF-8 cannot carry";
  return rejected("unpaired-surrogate", path, message);
}

function rejected(code: RejectionCode, path: string, message: string): MappedPost {
  return { kind: "rejected", code, path, message };
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (!isJsonObject(value)) return `a ${typeof value}`;
  if (Array.isArray(value.errors)) return "a notice with errors only";
  const title = value.title;
  if (typeof title === "string") return `a problem titled ${show(title)}`;
  return "an object of another kind";
}

function show(value: unknown): string {
  if (typeof value !== "string")
    return typeof value === "object" ? nameOf(value) : `the ${typeof value} ${value}`;
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}
