/**
 * What each `name:value` operator asks of a post. An operator a payload says nothing about never matches.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import type { OperatorName } from "./ast.ts";
import { numbersIn } from "./operators.ts";
import type { PostFacts } from "./post-facts.ts";
import { createTextTest, foldText } from "./words.ts";

export type FactsTest = (post: PostFacts) => boolean;

const never: FactsTest = () => false;

export const operatorTests: Readonly<Record<OperatorName, (value: string) => FactsTest>> = {
  from: (value) => {
    const account = accountOf(value);
    return (post) => post.data.author_id === account || same(post.author.username, account);
  },
  to: (value) => {
    const account = accountOf(value);
    return (post) => {
      const id = post.data.in_reply_to_user_id;
      if (typeof id !== "string") return false;
      if (id === account || same(post.user(id).username, account)) return true;
      return post.user(id).username === undefined && post.tags("mentions")[0] === account;
    };
  },
  retweets_of: (value) => {
    const account = accountOf(value);
    return (post) =>
      post.referenced("retweeted").some((original) => {
        if (original.author_id === account) return true;
        const author = typeof original.author_id === "string" ? post.user(original.author_id) : {};
        if (author.username !== undefined) return same(author.username, account);
        return foldText(String(post.data.text ?? "")).startsWith(`rt @${account}:`);
      });
  },
  from_affiliate_of: () => never,
  to_affiliate_of: () => never,
  url: (value) => {
    const test = createTextTest(value);
    return (post) => post.links.some((link) => anyOf(link, ["expanded_url", "unwound_url", "url"], test));
  },
  url_title: (value) => {
    const test = createTextTest(value);
    return (post) => post.links.some((link) => anyOf(link, ["title"], test));
  },
  url_description: (value) => {
    const test = createTextTest(value);
    return (post) => post.links.some((link) => anyOf(link, ["description"], test));
  },
  url_contains: (value) => {
    const part = foldText(value);
    return (post) =>
      post.links.some((link) => anyOf(link, ["expanded_url", "unwound_url"], (text) => text.includes(part)));
  },
  context: (value) => {
    const [domain = "*", entity = "*"] = value.split(".");
    return (post) =>
      listOf(post.data.context_annotations).some(
        (annotation) =>
          (domain === "*" || memberOf(annotation.domain, "id") === domain) &&
          (entity === "*" || memberOf(annotation.entity, "id") === entity),
      );
  },
  entity: (value) => {
    const wanted = foldText(value);
    return (post) =>
      listOf(memberOf(post.data.entities, "annotations")).some((annotation) =>
        same(annotation.normalized_text, wanted),
      ) ||
      listOf(post.data.context_annotations).some((annotation) =>
        same(memberOf(annotation.entity, "name"), wanted),
      );
  },
  conversation_id: (value) => (post) => post.data.conversation_id === value,
  in_reply_to_tweet_id: (value) => (post) => post.referencedIds("replied_to").includes(value),
  retweets_of_tweet_id: (value) => (post) => post.referencedIds("retweeted").includes(value),
  bio: (value) => testMember("description", value),
  bio_name: (value) => testMember("name", value),
  bio_location: (value) => testMember("location", value),
  place: (value) => {
    const test = createTextTest(value);
    return (post) => post.place.id === value || anyOf(post.place, ["full_name", "name"], test);
  },
  place_country: (value) => (post) => same(post.place.country_code, value.toLowerCase()),
  point_radius: (value) => {
    const [longitude = 0, latitude = 0, radius = 0] = numbersIn(value);
    const radiusKm = value.includes("mi") ? radius * 1.609344 : radius;
    return (post) => isWithin(post, (point) => distanceKm(point, [longitude, latitude]) <= radiusKm);
  },
  bounding_box: (value) => {
    const [west = 0, south = 0, east = 0, north = 0] = numbersIn(value);
    return (post) => isWithin(post, ([x, y]) => x >= west && x <= east && y >= south && y <= north);
  },
  embedding: () => never,
  embedding_threshold: () => never,
  source: (value) => {
    const wanted = foldText(value);
    return (post) => same(post.data.source, wanted);
  },
  followers_count: (value) => testCount("followers_count", value),
  min_followers: (value) => testCount("followers_count", value),
  following_count: (value) => testCount("following_count", value),
  tweets_count: (value) => testCount("tweet_count", value),
  listed_count: (value) => testCount("listed_count", value),
  lang: (value) => {
    const wanted = value.toLowerCase();
    return (post) => same(post.data.lang, wanted);
  },
  sample: (value) => {
    const percent = Number(value);
    return (post) => percentileOf(post.id) < percent;
  },
  has: (value) => {
    switch (value.toLowerCase()) {
      case "hashtags":
      case "cashtags":
      case "mentions": {
        const kind = value.toLowerCase() as "hashtags" | "cashtags" | "mentions";
        return (post) => post.tags(kind).length > 0;
      }
      case "links":
        return (post) => post.links.length > 0;
      case "media":
        return (post) => post.hasMedia;
      case "images":
        return (post) => post.hasMediaOfType("photo");
      case "videos":
      case "video_link":
        return (post) => post.hasMediaOfType("video", "animated_gif");
      case "geo":
        return (post) => isJsonObject(post.data.geo);
      default:
        return never;
    }
  },
  is: (value) => {
    switch (value.toLowerCase()) {
      case "retweet":
        return (post) => post.referencedIds("retweeted").length > 0;
      case "quote":
        return (post) => post.referencedIds("quoted").length > 0;
      case "reply":
        return (post) =>
          post.referencedIds("replied_to").length > 0 || post.data.in_reply_to_user_id !== undefined;
      case "verified":
        return (post) => post.author.verified === true;
      default:
        return never;
    }
  },
};

function accountOf(value: string): string {
  return value.replace(/^@/, "").toLowerCase();
}

/** Whether `text` is `folded` but for case. */
function same(text: unknown, folded: string): boolean {
  return typeof text === "string" && (text === folded || foldText(text) === folded);
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function anyOf(object: JsonObject, names: readonly string[], test: (folded: string) => boolean): boolean {
  return names.some((name) => {
    const text = object[name];
    return typeof text === "string" && test(foldText(text));
  });
}

function testMember(name: string, value: string): FactsTest {
  const test = createTextTest(value);
  return (post) => anyOf(post.author, [name], test);
}

function testCount(name: string, value: string): FactsTest {
  const [least = 0, most = Number.POSITIVE_INFINITY] = value.split("..").map(Number);
  return (post) => {
    const count = memberOf(post.author.public_metrics, name);
    return typeof count === "number" && count >= least && count <= most;
  };
}

/** Longitude and latitude. */
type Point = readonly [number, number];

/** Where a post is: its point, or the corners of its place, which has to lie in an area as a whole. */
function isWithin(post: PostFacts, holds: (point: Point) => boolean): boolean {
  const points = pointsOf(post);
  return points.length > 0 && points.every(holds);
}

function pointsOf(post: PostFacts): readonly Point[] {
  const point = memberOf(memberOf(post.data.geo, "coordinates"), "coordinates");
  const [longitude, latitude] = numbersAmong(point);
  if (longitude !== undefined && latitude !== undefined) return [[longitude, latitude]];
  const [west, south, east, north] = numbersAmong(memberOf(post.place.geo, "bbox"));
  if (west === undefined || south === undefined || east === undefined || north === undefined) return [];
  return [
    [west, south],
    [west, north],
    [east, south],
    [east, north],
  ];
}

/** The list when it is all numbers. */
function numbersAmong(list: unknown): readonly number[] {
  return Array.isArray(list) && list.every((item) => typeof item === "number") ? list : [];
}

function distanceKm(a: Point, b: Point): number {
  const radians = Math.PI / 180;
  const half = (x: number) => Math.sin(x / 2) ** 2;
  const chord =
    half((b[1] - a[1]) * radians) +
    Math.cos(a[1] * radians) * Math.cos(b[1] * radians) * half((b[0] - a[0]) * radians);
  return 2 * 6371 * Math.asin(Math.sqrt(chord));
}

/** 0..99, the same for the same post always, so that a larger sample holds every smaller one. */
function percentileOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % 100;
}
