/**
 * One stream message for one connection: only the fields and expansions that its query asked for, absent and never
 * null, each value with the characters it has in the source. Joins: x-api facts 2.3.
 */
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { defaultFields, type FieldParameter, fieldOfExpansion } from "./fields.ts";
import { elementsOf, forEachMember } from "./json-slices.ts";

/** A post to send: the payload for joins, and its JSON text, whose characters are the ones sent. */
export interface PlayedPost {
  readonly id: string;
  readonly payload: JsonObject;
  readonly text: string;
}

export type FieldQuery = Readonly<Partial<Record<FieldParameter, readonly string[]>>>;

/** The JSON text of `data` and what follows it, without braces: `"data":{...},"includes":{...}`. */
export type Projection = (post: PlayedPost) => string;

type Pool = "users" | "tweets" | "media" | "places" | "polls";

export function createProjection(query: FieldQuery): Projection {
  const expansions = query.expansions ?? [];
  const joined = expansions
    .map((expansion) => fieldOfExpansion[expansion])
    .filter((field) => field !== undefined);
  const fields: Readonly<Record<Pool, ReadonlySet<string>>> = {
    tweets: new Set([...defaultFields.tweets, ...(query["tweet.fields"] ?? []), ...joined]),
    users: new Set([...defaultFields.users, ...(query["user.fields"] ?? [])]),
    media: new Set([...defaultFields.media, ...(query["media.fields"] ?? [])]),
    places: new Set([...defaultFields.places, ...(query["place.fields"] ?? [])]),
    polls: new Set([...defaultFields.polls, ...(query["poll.fields"] ?? [])]),
  };
  const asked = new Set(expansions);

  return ({ payload, text }) => {
    const parts: string[] = [];
    forEachMember(text, 0, (name, start, end) => {
      if (name === "data") parts.push(`"data":${pick(text, start, fields.tweets)}`);
      else if (name === "errors") parts.push(`"errors":${text.slice(start, end)}`);
      else if (name === "includes" && asked.size > 0 && isJsonObject(payload.includes)) {
        const includes = pickIncludes(text, start, payload, asked, fields);
        if (includes !== "") parts.push(`"includes":{${includes}}`);
      }
    });
    return parts.join(",");
  };
}

function pick(text: string, from: number, wanted: ReadonlySet<string>): string {
  let picked = "";
  forEachMember(text, from, (name, start, end) => {
    if (!wanted.has(name)) return;
    const value = text.slice(start, end);
    if (value !== "null") picked += `${picked === "" ? "{" : ","}"${name}":${value}`;
  });
  return picked === "" ? "{}" : `${picked}}`;
}

function pickIncludes(
  text: string,
  from: number,
  payload: JsonObject,
  asked: ReadonlySet<string>,
  fields: Readonly<Record<Pool, ReadonlySet<string>>>,
): string {
  const wanted = wantedKeys(payload, asked);
  const includes = isJsonObject(payload.includes) ? payload.includes : {};
  const pools: string[] = [];
  forEachMember(text, from, (name, start) => {
    if (!Object.hasOwn(wanted, name)) return;
    const pool = name as Pool;
    const parsed = includes[pool];
    if (wanted[pool].size === 0 || !Array.isArray(parsed)) return;
    const picked = elementsOf(text, start)
      .filter((_, i) => isWanted(parsed[i], wanted[pool]))
      .map((element) => pick(text, element.start, fields[pool]));
    if (picked.length > 0) pools.push(`"${pool}":[${picked.join(",")}]`);
  });
  return pools.join(",");
}

function isWanted(entry: unknown, keys: ReadonlySet<unknown>): boolean {
  if (!isJsonObject(entry)) return false;
  const { id, media_key: mediaKey, username } = entry;
  return keys.has(id ?? mediaKey) || (typeof username === "string" && keys.has(`@${username.toLowerCase()}`));
}

/** For each pool the keys that the asked expansions join: ids, media keys, and `@username` for mentions. */
function wantedKeys(payload: JsonObject, asked: ReadonlySet<string>): Record<Pool, Set<unknown>> {
  const keys: Record<Pool, Set<unknown>> = {
    users: new Set(),
    tweets: new Set(),
    media: new Set(),
    places: new Set(),
    polls: new Set(),
  };
  const data = objectAt(payload, "data");
  const add = (pool: Pool, value: unknown) => {
    if (typeof value === "string") keys[pool].add(value);
  };
  const addAll = (pool: Pool, values: unknown) => {
    if (Array.isArray(values)) for (const value of values) add(pool, value);
  };
  const addMentions = (entities: JsonObject) => {
    for (const mention of objectsAt(entities, "mentions")) {
      add("users", mention.id);
      if (typeof mention.username === "string") keys.users.add(`@${mention.username.toLowerCase()}`);
    }
  };
  if (asked.has("author_id")) add("users", data.author_id);
  if (asked.has("in_reply_to_user_id")) add("users", data.in_reply_to_user_id);
  if (asked.has("entities.mentions.username")) addMentions(objectAt(data, "entities"));
  if (asked.has("entities.note.mentions.username")) {
    addMentions(objectAt(objectAt(data, "note_tweet"), "entities"));
  }
  if (asked.has("attachments.media_keys")) addAll("media", objectAt(data, "attachments").media_keys);
  if (asked.has("attachments.poll_ids")) addAll("polls", objectAt(data, "attachments").poll_ids);
  if (asked.has("attachments.media_source_tweet")) {
    addAll("tweets", objectAt(data, "attachments").media_source_tweet_id);
  }
  if (asked.has("geo.place_id")) add("places", objectAt(data, "geo").place_id);
  if (asked.has("edit_history_tweet_ids")) addAll("tweets", data.edit_history_tweet_ids);
  if (asked.has("article.cover_media")) add("media", objectAt(data, "article").cover_media);
  if (asked.has("article.media_entities")) addAll("media", objectAt(data, "article").media_entities);
  const withAuthors = asked.has("referenced_tweets.id.author_id");
  const withMedia = asked.has("referenced_tweets.id.attachments.media_keys");
  if (asked.has("referenced_tweets.id") || withAuthors || withMedia) {
    const ids = new Set(objectsAt(data, "referenced_tweets").map(({ id }) => id));
    for (const id of ids) add("tweets", id);
    for (const post of objectsAt(objectAt(payload, "includes"), "tweets")) {
      if (!ids.has(post.id)) continue;
      if (withAuthors) add("users", post.author_id);
      if (withMedia) addAll("media", objectAt(post, "attachments").media_keys);
    }
  }
  return keys;
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function objectsAt(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
