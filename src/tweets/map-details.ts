/**
 * What version 2 of Tweet adds: what X sends with a post for no extra charge, and why and when we have it.
 */
import type { MatchingRule, PublicMetrics, Tweet } from "../generated/tweet.ts";
import type { JsonObject } from "../kernel/json.ts";
import { fromStoredTag } from "../kernel/rule-tag.ts";
import { eitherName, type PartReader } from "./part-reader.ts";

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
  const history = eitherName(data, "edit_history_tweet_ids", "edit_history_post_ids");
  return {
    author_id: reader.text(data, "author_id", "/data"),
    lang: reader.text(data, "lang", "/data"),
    conversation_id: reader.text(data, "conversation_id", "/data"),
    in_reply_to_user_id: reader.text(data, "in_reply_to_user_id", "/data"),
    possibly_sensitive: reader.flag(data, "possibly_sensitive", "/data"),
    public_metrics: mapMetrics(data, reader),
    edit_history_tweet_ids: reader.texts(data, history, "/data"),
    matching_rules: reader.list(payload, "matching_rules", "", (rule, at): MatchingRule | null => {
      const id = reader.text(rule, "id", at);
      return id === null ? null : { id, tag: fromStoredTag(reader.text(rule, "tag", at) ?? "") };
    }),
    ingested_at: ingestedAtMs,
  };
}

function mapMetrics(data: JsonObject, reader: PartReader): PublicMetrics | null {
  const metrics = reader.object(data, "public_metrics", "/data");
  if (metrics === null) return null;
  const count = (name: string) => reader.long(metrics, name, "/data/public_metrics") ?? 0;
  return {
    retweet_count: count(eitherName(metrics, "retweet_count", "repost_count")),
    reply_count: count("reply_count"),
    like_count: count("like_count"),
    quote_count: count("quote_count"),
    bookmark_count: count("bookmark_count"),
    impression_count: count("impression_count"),
  };
}
