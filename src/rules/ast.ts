/**
 * The tree of a filtered-stream rule: what `parseRule` makes, `createMatcher` evaluates and `printRule` prints.
 * `and` and `or` are flat: neither ever holds a child of its own kind, and each has at least two children.
 */

interface At {
  /** Where the clause begins in the rule's text, counted from 1 in UTF-16 units, as X counts. */
  readonly position: number;
}

export type RuleNode =
  | (At & { readonly kind: "and"; readonly children: readonly RuleNode[] })
  | (At & { readonly kind: "or"; readonly children: readonly RuleNode[] })
  | (At & { readonly kind: "not"; readonly child: RuleNode })
  | (At & { readonly kind: "keyword"; readonly text: string })
  /** `within` is the N of `"a b"~N`: how many other words may stand between; null without `~`. */
  | (At & { readonly kind: "phrase"; readonly text: string; readonly within: number | null })
  /** Without its sign, as written. */
  | (At & { readonly kind: "hashtag"; readonly tag: string })
  | (At & { readonly kind: "cashtag"; readonly tag: string })
  | (At & { readonly kind: "mention"; readonly username: string })
  /** `name:value`; the name is in lower case, the value without quotes. */
  | (At & { readonly kind: "operator"; readonly name: OperatorName; readonly value: string });

export type OperatorName =
  | "from"
  | "to"
  | "retweets_of"
  | "from_affiliate_of"
  | "to_affiliate_of"
  | "url"
  | "url_title"
  | "url_description"
  | "url_contains"
  | "context"
  | "entity"
  | "conversation_id"
  | "in_reply_to_tweet_id"
  | "retweets_of_tweet_id"
  | "bio"
  | "bio_name"
  | "bio_location"
  | "place"
  | "place_country"
  | "point_radius"
  | "bounding_box"
  | "embedding"
  | "embedding_threshold"
  | "source"
  | "followers_count"
  | "min_followers"
  | "following_count"
  | "tweets_count"
  | "listed_count"
  | "lang"
  | "sample"
  | "has"
  | "is";

/** What is wrong with a rule; `problem.ts` has it as X prints it. */
export interface RuleProblem {
  /** Counted from 1 in UTF-16 units. */
  readonly position: number;
  readonly message: string;
}

/** What X takes and a person should know all the same. */
export interface RuleWarning extends RuleProblem {
  /** `not-evaluated`: no payload tells, so that the clause never matches here, though it may on X. */
  readonly kind: "not-evaluated" | "advice";
}
