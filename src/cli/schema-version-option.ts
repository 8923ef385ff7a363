/**
 * Which version of Tweet is written: the option that `produce` and `demo` share.
 */
import { isTweetVersion, type TweetVersion, tweetVersions } from "../tweets/version.ts";
import { UsageError } from "./usage-error.ts";

const list = tweetVersions.join(", ");

export function schemaVersionOption(byDefault: TweetVersion) {
  return {
    "schema-version": {
      type: "number",
      default: byDefault as number,
      requiresArg: true,
      describe: `version of the tweet's schema that is written (${list}); X is asked for its fields`,
    },
  } as const;
}

/** Throws UsageError for a version that there is not. */
export function parseSchemaVersion(value: number): TweetVersion {
  if (isTweetVersion(value)) return value;
  throw new UsageError("usage", `--schema-version ${value}: the tweet's schema has the versions ${list}`);
}
