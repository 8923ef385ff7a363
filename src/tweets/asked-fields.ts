/**
 * What X must be asked for so that a version of Tweet can be filled, and nothing beyond: what an expansion brings along
 * is billed. Spec: X API v2, GET tweets/search/stream; `id`, `text` and `edit_history_tweet_ids` come unasked.
 */
import type { TweetVersion } from "./version.ts";

export interface AskedFields {
  readonly tweet: readonly string[];
  readonly user: readonly string[];
  readonly media: readonly string[];
  readonly place: readonly string[];
  readonly expansions: readonly string[];
}

const first: AskedFields = { tweet: ["created_at"], user: [], media: [], place: [], expansions: [] };

const second: AskedFields = {
  ...first,
  tweet: [
    ...first.tweet,
    "author_id",
    "lang",
    "conversation_id",
    "in_reply_to_user_id",
    "possibly_sensitive",
    "public_metrics",
    "edit_history_tweet_ids",
  ],
};

const third: AskedFields = {
  tweet: [
    ...second.tweet,
    "entities",
    "referenced_tweets",
    "attachments",
    "geo",
    "note_tweet",
    "edit_controls",
    "withheld",
  ],
  user: ["created_at", "description", "location", "protected", "verified", "verified_type", "public_metrics"],
  media: [
    "url",
    "preview_image_url",
    "alt_text",
    "width",
    "height",
    "duration_ms",
    "public_metrics",
    "variants",
  ],
  place: ["name", "place_type", "country", "country_code", "geo"],
  expansions: ["attachments.media_keys", "geo.place_id", "referenced_tweets.id"],
};

/** Not the users whom posts mention or answer, nor the authors of other posts: each would be billed. */
const authorExpansion = "author_id";

const byVersion: Readonly<Record<TweetVersion, AskedFields>> = { 1: first, 2: second, 3: third };

/** Whether a version has a place for the author as a user. */
export function hasUsers(version: TweetVersion): boolean {
  return byVersion[version].user.length > 0;
}

export interface Expand {
  /** The author of each post as a user, where the version has a place for it: billed at twice the price of a post. */
  readonly users: boolean;
}

export function askedFields(version: TweetVersion, { users }: Expand): AskedFields {
  const asked = byVersion[version];
  if (!users || !hasUsers(version)) return { ...asked, user: [] };
  return { ...asked, expansions: [authorExpansion, ...asked.expansions] };
}
