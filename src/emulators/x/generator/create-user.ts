/**
 * The people who write generated posts: the same number is always the same person.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { Random } from "./random.ts";
import { locations, names } from "./texts.ts";

const people = 500;

export function pickUser(random: Random): JsonObject {
  return createUser(random.below(people));
}

function createUser(number: number): JsonObject {
  const name = names[number % names.length] ?? "Ann Lee";
  const username = `user_${number.toString(36)}`;
  const location = locations[number % (locations.length * 2)];
  const verified = number % 5 === 0;
  return {
    id: String(1_000_000_007 + number * 7919),
    name,
    username,
    created_at: "2015-03-01T12:00:00.000Z",
    verified,
    verified_type: verified ? (number % 25 === 0 ? "business" : "blue") : "none",
    protected: false,
    description: `${name} · #${number}`,
    ...(location === undefined ? {} : { location }),
    profile_image_url: `https://pbs.example/profile/${username}_normal.jpg`,
    public_metrics: {
      followers_count: number * 31,
      following_count: number % 97,
      tweet_count: number * 113,
      listed_count: number % 13,
      like_count: number * 7,
    },
    ...(number % 250 === 7 ? { withheld: { country_codes: ["TR"], scope: "user" } } : {}),
  };
}
