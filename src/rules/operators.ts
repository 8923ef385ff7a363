/**
 * The operators of X's rule language as data: which may stand alone, which may be negated, and what values they take.
 * Source: X's filtered-stream operator reference; x-api facts 1.7.
 */
import type { OperatorName } from "./ast.ts";

export interface OperatorFacts {
  /** False: only together with a clause that may stand alone ("conjunction required"). */
  readonly standalone: boolean;
  readonly negatable: boolean;
  /** What the value must look like, without its quotes. */
  readonly value: RegExp;
  /** What else must be true of a value that looks right. */
  readonly holds?: (value: string) => boolean;
  /** False: a payload does not tell, so that the operator is accepted and never matches. */
  readonly evaluated: boolean;
}

const standalone = { standalone: true, negatable: true, evaluated: true } as const;
const conjunction = { standalone: false, negatable: true, evaluated: true } as const;

const anyText = /\S/;
const account = /^@?(?:[A-Za-z0-9_]{1,15}|[0-9]{1,19})$/;
const postId = /^[0-9]{1,19}$/;
const range = { value: /^[0-9]+(?:\.\.[0-9]+)?$/, holds: isAscending } as const;
const decimal = "-?[0-9]{1,3}(?:\\.[0-9]+)?";

export const operators: Readonly<Record<OperatorName, OperatorFacts>> = {
  from: { ...standalone, value: account },
  to: { ...standalone, value: account },
  retweets_of: { ...standalone, value: account },
  from_affiliate_of: { ...standalone, evaluated: false, value: account },
  to_affiliate_of: { ...standalone, evaluated: false, value: account },
  url: { ...standalone, value: anyText },
  url_title: { ...standalone, value: anyText },
  url_description: { ...standalone, value: anyText },
  url_contains: { ...standalone, value: anyText },
  context: { ...standalone, value: /^(?:\*|[0-9]+)\.(?:\*|[0-9]+)$/ },
  entity: { ...standalone, value: anyText },
  conversation_id: { ...standalone, value: postId },
  in_reply_to_tweet_id: { ...standalone, value: postId },
  retweets_of_tweet_id: { ...standalone, value: postId },
  bio: { ...standalone, value: anyText },
  bio_name: { ...standalone, value: anyText },
  bio_location: { ...standalone, value: anyText },
  place: { ...standalone, value: anyText },
  place_country: { ...standalone, value: /^[A-Za-z]{2}$/ },
  point_radius: {
    ...standalone,
    value: new RegExp(`^\\[\\s*${decimal}\\s+${decimal}\\s+[0-9]+(?:\\.[0-9]+)?(?:mi|km)\\s*\\]$`),
    holds: (value) => {
      const [longitude = 0, latitude = 0] = numbersIn(value);
      return isPoint(longitude, latitude);
    },
  },
  bounding_box: {
    ...standalone,
    value: new RegExp(`^\\[\\s*${decimal}(?:\\s+${decimal}){3}\\s*\\]$`),
    holds: (value) => {
      const [west = 0, south = 0, east = 0, north = 0] = numbersIn(value);
      return isPoint(west, south) && isPoint(east, north) && west <= east && south <= north;
    },
  },
  embedding: { ...standalone, negatable: false, evaluated: false, value: anyText },
  embedding_threshold: { ...conjunction, evaluated: false, value: /^(?:0?\.[0-9]+|0|1(?:\.0*)?)$/ },
  source: { ...conjunction, value: anyText },
  followers_count: { ...conjunction, ...range },
  min_followers: { ...conjunction, value: /^[0-9]+$/ },
  following_count: { ...conjunction, ...range },
  tweets_count: { ...conjunction, ...range },
  listed_count: { ...conjunction, ...range },
  lang: { ...conjunction, value: /^[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?$/ },
  sample: { ...conjunction, negatable: false, value: /^(?:[1-9][0-9]?|100)$/ },
  has: {
    ...conjunction,
    value: /^(?:hashtags|cashtags|links|mentions|media|images|videos|video_link|geo)$/i,
  },
  is: { ...conjunction, value: /^(?:retweet|reply|quote|verified|nullcast)$/i },
};

/** The numbers of a value such as `[2.35 48.86 16km]`, in order. */
export function numbersIn(value: string): number[] {
  return Array.from(value.matchAll(/-?[0-9]+(?:\.[0-9]+)?/g), ([text]) => Number(text));
}

function isPoint(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
}

function isAscending(value: string): boolean {
  const [least = 0, most = Number.POSITIVE_INFINITY] = value.split("..").map(Number);
  return least <= most;
}

/** Whether the operator takes the value, which stands there without its quotes. */
export function takesValue(name: OperatorName, value: string): boolean {
  const { value: pattern, holds } = operators[name];
  return pattern.test(value) && (holds === undefined || holds(value));
}

/** True when X knows the operator; the name is in lower case. */
export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

/** Words that may not be all there is to a rule: nearly every post has one. */
export const stopWords: ReadonlySet<string> = new Set(
  "a an and at but by com from http https if in is it its me my or rt the this to too via we www you".split(
    " ",
  ),
);
