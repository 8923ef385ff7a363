/**
 * One generated post: a v2 message with every field that a query may ask for, so that projection has something to
 * leave out. What it refers to is in `includes`; now and then it is not, because it was deleted or is protected, and
 * then `errors` says so, as X does beside `data`.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { problemType } from "../problems.ts";
import { createdAtOf, snowflakeAt } from "../snowflake.ts";
import { createMedia, createPoll } from "./attachments.ts";
import { pickUser } from "./create-user.ts";
import type { Random } from "./random.ts";
import { contexts, english, type Language, languages, places, type Topic, topicShares } from "./texts.ts";
import { codePoints, cutText, entitiesBefore, type Written, writeText } from "./write-text.ts";

const englishShare = 0.3;
/** A repost's own text, and a long post's, are cut there. */
const repostChars = 140;
const shortChars = 280;
const editableMs = 30 * 60_000;
/** One author of that many, for each place, tags posts with it. */
const placeEvery = 20n;

export interface PostAt {
  readonly id: string;
  readonly timeMs: number;
}

/** Who writes what, and in which language. */
interface Voice {
  readonly random: Random;
  readonly language: Language;
  readonly topic: Topic;
}

/** A post that another one refers to, with what it refers to itself. */
interface Referred {
  readonly data: JsonObject;
  readonly author: JsonObject;
  readonly users: readonly JsonObject[];
}

export function createPost(random: Random, at: PostAt): JsonObject {
  const language = random.chance(englishShare) ? english : random.pick(languages);
  const voice = { random, language, topic: random.pick(topicShares) };
  const author = pickUser(random);
  const kind = random.next();
  if (kind < 0.12) return createReply(voice, at, author);
  if (kind < 0.22) return createRepost(voice, at, author);
  if (kind < 0.3) return createQuote(voice, at, author);
  if (kind < 0.38) return createLong(voice, at, author);
  const data = createData(voice, at, author, writeText(random, language, voice.topic, null));
  if (kind < 0.41) {
    const { attachments, includes } = createPoll(random, at, language, voice.topic);
    return finish(voice, { ...data, attachments }, { users: [author], ...includes });
  }
  if (!random.chance(0.22)) return finish(voice, data, { users: [author] });
  const { attachments, includes } = createMedia(random, at.id);
  return finish(voice, { ...data, attachments }, { users: [author], ...includes });
}

function createReply(voice: Voice, at: PostAt, author: JsonObject): JsonObject {
  const parent = createReferred(voice, at, ["replied_to"]);
  const written = writeText(voice.random, voice.language, voice.topic, parent.author);
  const data = {
    ...createData(voice, at, author, written),
    conversation_id: parent.data.conversation_id,
    in_reply_to_user_id: parent.author.id,
    referenced_tweets: [{ type: "replied_to", id: parent.data.id }],
  };
  return refer(voice, data, author, parent);
}

function createRepost(voice: Voice, at: PostAt, author: JsonObject): JsonObject {
  const parent = createReferred(voice, at, ["quoted"]);
  const username = String(parent.author.username);
  const written = {
    text: cutText(`RT @${username}: ${String(parent.data.text)}`, repostChars),
    entities: { mentions: [{ start: 3, end: 4 + username.length, username, id: parent.author.id }] },
    ownStart: 0,
  };
  const data = {
    ...createData(voice, at, author, written),
    referenced_tweets: [{ type: "retweeted", id: parent.data.id }],
  };
  const includes = { users: usersOf(author, parent), tweets: [parent.data] };
  return finish(voice, data, includes);
}

function createQuote(voice: Voice, at: PostAt, author: JsonObject): JsonObject {
  const { random, topic } = voice;
  const parent = createReferred({ random, topic, language: english }, at, ["quoted", "replied_to"]);
  const data = {
    ...createData(voice, at, author, writeText(random, voice.language, topic, null)),
    referenced_tweets: [{ type: "quoted", id: parent.data.id }],
  };
  return refer(voice, data, author, parent);
}

function createLong(voice: Voice, at: PostAt, author: JsonObject): JsonObject {
  const { random, language, topic } = voice;
  const full = writeText(random, language, topic, null);
  let { text } = full;
  while (codePoints(text) <= shortChars + 40) {
    text += ` ${random.pick(language.sentences).replace("{}", topic)}. ${random.pick(language.asides)}`;
  }
  const short = {
    ...full,
    text: cutText(text, shortChars - 1),
    entities: entitiesBefore(full.entities, 278),
  };
  const data = {
    ...createData(voice, at, author, short),
    note_tweet: { text, entities: full.entities },
  };
  return finish(voice, data, { users: [author] });
}

/** A post of before; a third of them refer, in one of these ways, to another one of before that. */
function createReferred(
  voice: Voice,
  at: PostAt,
  ways: readonly ["replied_to" | "quoted", ...string[]],
): Referred {
  const { random, language, topic } = voice;
  const author = pickUser(random);
  const when = earlier(at, random);
  const data = createData(voice, when, author, writeText(random, language, topic, null));
  if (!random.chance(1 / 3)) return { data, author, users: [author] };
  const root = earlier(when, random);
  const rootAuthor = pickUser(random);
  const type = random.pick(ways);
  const chained = { ...data, referenced_tweets: [{ type, id: root.id }] };
  if (type !== "replied_to") return { data: chained, author, users: [author] };
  return {
    data: { ...chained, conversation_id: root.id, in_reply_to_user_id: rootAuthor.id },
    author,
    users: [author],
  };
}

/** The post it refers to comes along, unless it was deleted or is protected: then X says so instead. */
function refer(
  { random, ...voice }: Voice,
  data: JsonObject,
  author: JsonObject,
  parent: Referred,
): JsonObject {
  if (!random.chance(0.08)) {
    return finish({ random, ...voice }, data, { users: usersOf(author, parent), tweets: [parent.data] });
  }
  const id = String(parent.data.id);
  const isProtected = random.chance(0.3);
  const error = {
    value: id,
    resource_id: id,
    parameter: "referenced_tweets.id",
    resource_type: "tweet",
    section: "includes",
    title: isProtected ? "Authorization Error" : "Not Found Error",
    detail: isProtected
      ? `Sorry, you are not authorized to see the Tweet with referenced_tweets.id: [${id}].`
      : `Could not find tweet with referenced_tweets.id: [${id}].`,
    type: problemType(isProtected ? "not-authorized-for-resource" : "resource-not-found"),
  };
  return { ...finish({ random, ...voice }, data, { users: [author] }), errors: [error] };
}

function usersOf(author: JsonObject, { users }: Referred): readonly JsonObject[] {
  return [author, ...users.filter(({ id }) => id !== author.id)];
}

/** What any kind of post may have. */
function finish({ random, topic }: Voice, post: JsonObject, pools: JsonObject): JsonObject {
  const place = places[Number(BigInt(String(post.author_id)) % placeEvery)];
  const data = {
    ...post,
    ...(place === undefined ? {} : { geo: { place_id: place.id } }),
    ...(random.chance(0.15) ? { context_annotations: contexts[topic] } : {}),
    ...(random.chance(0.01)
      ? { withheld: { copyright: random.chance(0.2), country_codes: ["DE", "FR"], scope: "tweet" } }
      : {}),
  };
  return { data, includes: place === undefined ? pools : { ...pools, places: [place] } };
}

function createData({ random, language }: Voice, at: PostAt, author: JsonObject, written: Written) {
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
    display_text_range: [written.ownStart, codePoints(written.text)],
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

function earlier({ timeMs }: PostAt, random: Random): PostAt {
  const before = timeMs - 1000 - random.below(3_600_000);
  return { id: snowflakeAt(before, random.below(0x400000)), timeMs: before };
}
