/**
 * The author of a post, as X described them with it. Spec: X API v2, user object: `id`, `name` and `username` are
 * always there.
 */
import type { User, UserMetrics } from "../generated/tweet.ts";
import type { JsonObject } from "../kernel/json.ts";
import { findIncluded } from "./find-included.ts";
import { eitherName, type PartReader } from "./part-reader.ts";

const at = "/includes/users/*";

/** null when X did not send them along. */
export function mapAuthor(data: JsonObject, includes: JsonObject, reader: PartReader): User | null {
  const id = data.author_id;
  if (typeof id !== "string") return null;
  const user = findIncluded(includes, "users", "id", id, reader);
  if (user === null) return null;
  const username = reader.text(user, "username", at);
  const name = reader.text(user, "name", at);
  if (username === null || name === null) return reader.leaveOut(at);
  return {
    id,
    username,
    name,
    created_at: reader.time(user, "created_at", at),
    description: reader.text(user, "description", at),
    location: reader.text(user, "location", at),
    protected: reader.flag(user, "protected", at),
    verified: reader.flag(user, "verified", at),
    verified_type: reader.text(user, "verified_type", at),
    public_metrics: mapMetrics(user, reader),
  };
}

function mapMetrics(user: JsonObject, reader: PartReader): UserMetrics | null {
  const metrics = reader.object(user, "public_metrics", at);
  if (metrics === null) return null;
  const known = (name: string) => reader.long(metrics, name, `${at}/public_metrics`);
  const count = (name: string) => known(name) ?? 0;
  return {
    followers_count: count("followers_count"),
    following_count: count("following_count"),
    tweet_count: count(eitherName(metrics, "tweet_count", "post_count")),
    listed_count: count("listed_count"),
    like_count: known("like_count"),
    media_count: known("media_count"),
  };
}
