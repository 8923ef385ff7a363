/**
 * The author of a post, as X described them with it. Spec: X API v2, user object: `id`, `name` and `username` are
 * always there.
 */
import type { User, UserMetrics } from "../generated/tweet.ts";
import type { JsonObject } from "../kernel/json.ts";
import { findIncluded } from "./find-included.ts";
import type { PartReader } from "./part-reader.ts";

const at = "/includes/users/*";
const metricsAt = `${at}/public_metrics`;

/** null when X did not send them along. */
export function mapAuthor(data: JsonObject, includes: JsonObject, reader: PartReader): User | null {
  const id = data.author_id;
  if (typeof id !== "string") return null;
  const user = findIncluded(includes, "users", "id", id, reader);
  if (user === null) return null;
  const username = reader.text(user.username, at, "username");
  const name = reader.text(user.name, at, "name");
  if (username === null || name === null) return reader.leaveOut(at);
  return {
    id,
    username,
    name,
    created_at: reader.time(user.created_at, at, "created_at"),
    description: reader.text(user.description, at, "description"),
    location: reader.text(user.location, at, "location"),
    protected: reader.flag(user.protected, at, "protected"),
    verified: reader.flag(user.verified, at, "verified"),
    verified_type: reader.text(user.verified_type, at, "verified_type"),
    public_metrics: mapMetrics(user, reader),
  };
}

function mapMetrics(user: JsonObject, reader: PartReader): UserMetrics | null {
  const metrics = reader.object(user.public_metrics, at, "public_metrics");
  if (metrics === null) return null;
  const tweets =
    metrics.tweet_count === undefined
      ? reader.long(metrics.post_count, metricsAt, "post_count")
      : reader.long(metrics.tweet_count, metricsAt, "tweet_count");
  return {
    followers_count: reader.long(metrics.followers_count, metricsAt, "followers_count") ?? 0,
    following_count: reader.long(metrics.following_count, metricsAt, "following_count") ?? 0,
    tweet_count: tweets ?? 0,
    listed_count: reader.long(metrics.listed_count, metricsAt, "listed_count") ?? 0,
    like_count: reader.long(metrics.like_count, metricsAt, "like_count"),
    media_count: reader.long(metrics.media_count, metricsAt, "media_count"),
  };
}
