/**
 * What version 2 of Tweet adds: what X sends with a post for no extra charge, and why and when we have it.
 */
import type { MatchingRule, PublicMetrics, Tweet } from "../generated/tweet.ts";
import type { JsonObject } from "../kernel/json.ts";
import { fromStoredTag } from "../kernel/rule-tag.ts";
import type { PartReader } from "./part-reader.ts";

export type TweetDetails = Pick<
  Tweet,
  | "author_id"
  | "lang"
  | "conversation_id"
  | "in_reply_to_user_id"
  | "possibly_sensitive"
  | "public_metrics"
  | "edit_history_tweet_ids"
  | "matching_rules"
  | "ingested_at"
>;

export function mapDetails(
  payload: JsonObject,
  data: JsonObject,
  ingestedAtMs: number,
  reader: PartReader,
): TweetDetails {
  return {
    author_id: reader.text(data.author_id, "/data", "author_id"),
    lang: reader.text(data.lang, "/data", "lang"),
    conversation_id: reader.text(data.conversation_id, "/data", "conversation_id"),
    in_reply_to_user_id: reader.text(data.in_reply_to_user_id, "/data", "in_reply_to_user_id"),
    possibly_sensitive: reader.flag(data.possibly_sensitive, "/data", "possibly_sensitive"),
    public_metrics: mapMetrics(data, reader),
    edit_history_tweet_ids: mapHistory(data, reader),
    matching_rules: reader.list(payload.matching_rules, "/matching_rules/*", mapRule),
    ingested_at: ingestedAtMs,
  };
}

function mapHistory(data: JsonObject, reader: PartReader): readonly string[] {
  const ids = data.edit_history_tweet_ids;
  return ids === undefined
    ? reader.texts(data.edit_history_post_ids, "/data/edit_history_post_ids/*")
    : reader.texts(ids, "/data/edit_history_tweet_ids/*");
}

function mapRule(rule: JsonObject, reader: PartReader, at: string): MatchingRule | null {
  const id = reader.text(rule.id, at, "id");
  return id === null ? null : { id, tag: fromStoredTag(reader.text(rule.tag, at, "tag") ?? "") };
}

function mapMetrics(data: JsonObject, reader: PartReader): PublicMetrics | null {
  const metrics = reader.object(data.public_metrics, "/data", "public_metrics");
  if (metrics === null) return null;
  const at = "/data/public_metrics";
  const retweets =
    metrics.retweet_count === undefined
      ? reader.long(metrics.repost_count, at, "repost_count")
      : reader.long(metrics.retweet_count, at, "retweet_count");
  return {
    retweet_count: retweets ?? 0,
    reply_count: reader.long(metrics.reply_count, at, "reply_count") ?? 0,
    like_count: reader.long(metrics.like_count, at, "like_count") ?? 0,
    quote_count: reader.long(metrics.quote_count, at, "quote_count") ?? 0,
    bookmark_count: reader.long(metrics.bookmark_count, at, "bookmark_count") ?? 0,
    impression_count: reader.long(metrics.impression_count, at, "impression_count") ?? 0,
  };
}
