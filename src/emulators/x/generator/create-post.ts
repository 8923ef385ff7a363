/**
 * One generated post: a v2 message with every field that a query may ask for, so that projection has something to
 * leave out. Entity offsets count code points, as X counts.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { createdAtOf, snowflakeAt } from "../snowflake.ts";
import type { Random } from "./random.ts";
import {
  companions,
  emoji,
  english,
  hashtags,
  type Language,
  languages,
  names,
  places,
  type Topic,
  topicShares,
} from "./texts.ts";

const englishShare = 0.3;
/** A repost's own text, and a long post's, are cut there. */
const repostChars = 140;
const shortChars = 280;
const editableMs = 30 * 60_000;
/** One author of that many, for each place, tags posts with it. */
const placeEvery = 20n;

interface Written {
  text: string;
  readonly entities: JsonObject;
}

interface Draft {
  text: string;
  chars: number;
  readonly hashtags: JsonObject[];
  readonly mentions: JsonObject[];
  readonly urls: JsonObject[];
}

export interface PostAt {
  readonly id: string;
  readonly timeMs: number;
}

export function createPost(random: Random, at: PostAt): JsonObject {
  const language = random.chance(englishShare) ? english : random.pick(languages);
  const topic = random.pick(topicShares);
  const author = createUser(random.below(500));
  const kind = random.next();
  if (kind < 0.12) return createReply(random, at, language, topic, author);
  if (kind < 0.22) return createRepost(random, at, language, topic, author);
  if (kind < 0.3) return createQuote(random, at, language, topic, author);
  if (kind < 0.38) return createLong(random, at, language, topic, author);
  const written = writeText(random, language, topic, null);
  return message(createData(random, at, language, author, written), { users: [author] }, random);
}

function createReply(
  random: Random,
  at: PostAt,
  language: Language,
  topic: Topic,
  author: JsonObject,
): JsonObject {
  const other = createUser(random.below(500));
  const parent = earlier(at, random);
  const written = writeText(random, language, topic, other);
  const data = {
    ...createData(random, at, language, author, written),
    conversation_id: parent.id,
    in_reply_to_user_id: other.id,
    referenced_tweets: [{ type: "replied_to", id: parent.id }],
  };
  const original = createData(random, parent, language, other, writeText(random, language, topic, null));
  return message(data, { users: [author, other], tweets: [original] }, random);
}

function createRepost(
  random: Random,
  at: PostAt,
  language: Language,
  topic: Topic,
  author: JsonObject,
): JsonObject {
  const other = createUser(random.below(500));
  const parent = earlier(at, random);
  const original = createData(random, parent, language, other, writeText(random, language, topic, null));
  const written = {
    text: cutText(`RT @${String(other.username)}: ${original.text}`, repostChars),
    entities: {
      mentions: [
        { start: 3, end: 4 + String(other.username).length, username: other.username, id: other.id },
      ],
    },
  };
  const data = {
    ...createData(random, at, language, author, written),
    referenced_tweets: [{ type: "retweeted", id: parent.id }],
  };
  return message(data, { users: [author, other], tweets: [original] }, random);
}

function createQuote(
  random: Random,
  at: PostAt,
  language: Language,
  topic: Topic,
  author: JsonObject,
): JsonObject {
  const other = createUser(random.below(500));
  const parent = earlier(at, random);
  const original = createData(random, parent, english, other, writeText(random, english, topic, null));
  const data = {
    ...createData(random, at, language, author, writeText(random, language, topic, null)),
    referenced_tweets: [{ type: "quoted", id: parent.id }],
  };
  return message(data, { users: [author, other], tweets: [original] }, random);
}

function createLong(
  random: Random,
  at: PostAt,
  language: Language,
  topic: Topic,
  author: JsonObject,
): JsonObject {
  const full = writeText(random, language, topic, null);
  while (codePoints(full.text) <= shortChars + 40) {
    full.text += ` ${random.pick(language.sentences).replace("{}", topic)}. ${random.pick(language.asides)}`;
  }
  const short = { text: cutText(full.text, shortChars - 1), entities: full.entities };
  const data = {
    ...createData(random, at, language, author, short),
    note_tweet: { text: full.text, entities: full.entities },
  };
  return message(data, { users: [author] }, random);
}

function message(post: JsonObject, users: JsonObject, random: Random): JsonObject {
  const place = places[Number(BigInt(String(post.author_id)) % placeEvery)];
  const data = place === undefined ? post : { ...post, geo: { place_id: place.id } };
  const includes = place === undefined ? users : { ...users, places: [place] };
  if (!random.chance(0.15)) return { data, includes };
  const isVideo = random.chance(0.3);
  const key = `${isVideo ? 7 : 3}_${String(data.id)}`;
  const media = isVideo
    ? {
        media_key: key,
        type: "video",
        duration_ms: 15_000,
        preview_image_url: `https://pbs.example/${key}.jpg`,
      }
    : { media_key: key, type: "photo", url: `https://pbs.example/${key}.jpg`, alt_text: random.pick(emoji) };
  return {
    data: { ...data, attachments: { media_keys: [key] } },
    includes: { ...includes, media: [{ ...media, width: 1200, height: 675 }] },
  };
}

function createData(random: Random, at: PostAt, language: Language, author: JsonObject, written: Written) {
  const likes = random.below(40);
  return {
    id: at.id,
    text: written.text,
    edit_history_tweet_ids: [at.id],
    created_at: createdAtOf(at.timeMs),
    author_id: author.id,
    conversation_id: at.id,
    lang: language.lang,
    possibly_sensitive: false,
    reply_settings: "everyone",
    public_metrics: {
      retweet_count: likes >> 2,
      reply_count: likes >> 3,
      like_count: likes,
      quote_count: 0,
      bookmark_count: 0,
      impression_count: likes * 37,
    },
    entities: written.entities,
    edit_controls: {
      is_edit_eligible: true,
      editable_until: createdAtOf(at.timeMs + editableMs),
      edits_remaining: 5,
    },
  };
}

function writeText(random: Random, language: Language, topic: Topic, mentioned: JsonObject | null): Written {
  const draft: Draft = { text: "", chars: 0, hashtags: [], mentions: [], urls: [] };
  if (mentioned !== null) {
    const username = String(mentioned.username);
    draft.mentions.push({ ...append(draft, `@${username}`), username, id: mentioned.id });
  }
  append(draft, random.pick(language.sentences).replace("{}", topic));
  if (random.chance(0.4)) append(draft, `(${random.pick(companions[topic])})`);
  if (random.chance(0.6)) append(draft, random.pick(language.asides));
  if (random.chance(language === english ? 0.6 : 0.3)) append(draft, random.pick(emoji));
  if (random.chance(0.35)) {
    const tag = random.chance(0.5) ? topic : random.pick(hashtags);
    draft.hashtags.push({ ...append(draft, `#${tag}`), tag });
  }
  if (random.chance(0.2)) {
    const code = random.below(0xffffff).toString(36);
    draft.urls.push({
      ...append(draft, `https://t.co/${code}`),
      url: `https://t.co/${code}`,
      expanded_url: `https://example.com/${topic.toLowerCase()}/${code}`,
      display_url: `example.com/${topic.toLowerCase()}/${code}`,
    });
  }
  const { hashtags: tags, mentions, urls } = draft;
  return {
    text: draft.text,
    entities: {
      ...(tags.length > 0 ? { hashtags: tags } : {}),
      ...(mentions.length > 0 ? { mentions } : {}),
      ...(urls.length > 0 ? { urls } : {}),
    },
  };
}

function append(draft: Draft, part: string): { start: number; end: number } {
  if (draft.text !== "") {
    draft.text += " ";
    draft.chars++;
  }
  const start = draft.chars;
  draft.text += part;
  draft.chars += codePoints(part);
  return { start, end: draft.chars };
}

function createUser(number: number): JsonObject {
  const name = names[number % names.length] ?? "Ann Lee";
  return {
    id: String(1_000_000_007 + number * 7919),
    name,
    username: `user_${number.toString(36)}`,
    created_at: "2015-03-01T12:00:00.000Z",
    verified: number % 5 === 0,
    description: `${name} · #${number}`,
    public_metrics: {
      followers_count: number * 31,
      following_count: number % 97,
      tweet_count: number * 113,
      listed_count: number % 13,
    },
  };
}

function earlier({ timeMs }: PostAt, random: Random): PostAt {
  const before = timeMs - 1000 - random.below(3_600_000);
  return { id: snowflakeAt(before, random.below(0x400000)), timeMs: before };
}

function codePoints(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);
}

function cutText(text: string, chars: number): string {
  const points = Array.from(text);
  return points.length <= chars ? text : `${points.slice(0, chars - 1).join("")}…`;
}
