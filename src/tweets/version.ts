/**
 * Which versions of Tweet can be written: those of schemas/tweet.
 */
export const tweetVersions = [1, 2, 3] as const;
export type TweetVersion = (typeof tweetVersions)[number];

export const latestTweetVersion = 3 satisfies TweetVersion;

export function isTweetVersion(value: unknown): value is TweetVersion {
  return tweetVersions.some((version) => version === value);
}
