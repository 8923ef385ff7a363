/**
 * One stream message for one connection: only the fields and expansions that its query asked for, absent and never
 * null, each value with the characters it has in the source. Joins: x-api facts 2.3.
 */
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { defaultFields, type FieldParameter, fieldOfExpansion } from "./fields.ts";
import { elementsOf, skipValue, walkObject } from "./json-slices.ts";
import type { PlayedPost } from "./played-post.ts";

export type FieldQuery = Readonly<Partial<Record<FieldParameter, readonly string[]>>>;

/** The JSON text of a message's members, without braces: `"data":{...},"includes":{...}`. */
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

  return (post) => {
    const { payload, recorded, moved } = post;
    const includes = isJsonObject(payload.includes) && asked.size > 0 ? payload.includes : null;
    const wanted = includes === null ? null : wantedKeys(payload, asked);
    const kept = payload.errors === undefined ? null : errorsFor(payload.errors, asked);
    if (recorded === null) {
      const errors = kept === null ? "" : `,"errors":${JSON.stringify(kept)}`;
      const pools = includes === null || wanted === null ? "" : printIncludes(includes, wanted, fields);
      return `"data":${printObject(payload.data as JsonObject, fields.tweets)}${pools}${errors}`;
    }
    const parts = recorded.parts;
    let data = "";
    for (const { name, json } of parts.data) {
      if (json === "null" || !fields.tweets.has(name)) continue;
      data += `${data === "" ? "" : ","}"${name}":${moved?.[name] ?? json}`;
    }
    const pools =
      includes === null || wanted === null || parts.includesAt === -1
        ? ""
        : sliceIncludes(recorded.text, parts.includesAt, includes, wanted, fields);
    const errors = kept === payload.errors ? parts.errors : JSON.stringify(kept);
    return `"data":{${data}}${pools}${kept === null || errors === null ? "" : `,"errors":${errors}`}`;
  };
}

/** What could not be expanded is told only to who asked for that expansion; null: nothing is left to tell. */
function errorsFor(errors: unknown, asked: ReadonlySet<string>): unknown {
  if (!Array.isArray(errors)) return errors;
  const kept = (errors as unknown[]).filter((error) => {
    const parameter = isJsonObject(error) ? error.parameter : undefined;
    const isExpansion = typeof parameter === "string" && Object.hasOwn(fieldOfExpansion, parameter);
    return !isExpansion || [...asked].some((name) => name === parameter || name.startsWith(`${parameter}.`));
  });
  if (kept.length === errors.length) return errors;
  return kept.length === 0 ? null : kept;
}

type Fields = Readonly<Record<Pool, ReadonlySet<string>>>;
type Keys = Readonly<Record<Pool, ReadonlySet<unknown>>>;

/** The members of an object that was never text. */
function printObject(object: JsonObject, wanted: ReadonlySet<string>): string {
  const picked: Record<string, unknown> = {};
  for (const name in object) if (wanted.has(name) && object[name] !== null) picked[name] = object[name];
  return JSON.stringify(picked);
}

/** The members of the object that begins at `from`, with the characters they have. */
function sliceObject(text: string, from: number, wanted: ReadonlySet<string>): string {
  let picked = "";
  walkObject(text, from, (name, start) => {
    const end = skipValue(text, start);
    if (wanted.has(name)) {
      const json = text.slice(start, end);
      if (json !== "null") picked += `${picked === "" ? "" : ","}"${name}":${json}`;
    }
    return end;
  });
  return `{${picked}}`;
}

function printIncludes(includes: JsonObject, keys: Keys, fields: Fields): string {
  return joinPools(
    (Object.keys(keys) as Pool[]).map((pool) => {
      const entries = objectsAt(includes, pool).filter((entry) => isWanted(entry, keys[pool]));
      return [pool, entries.map((entry) => printObject(entry, fields[pool]))];
    }),
  );
}

function sliceIncludes(text: string, from: number, includes: JsonObject, keys: Keys, fields: Fields): string {
  const pools: [Pool, string[]][] = [];
  walkObject(text, from, (name, start) => {
    const pool = name as Pool;
    const entries = Object.hasOwn(keys, name) && keys[pool].size > 0 ? includes[name] : undefined;
    if (Array.isArray(entries)) {
      const wanted = elementsOf(text, start).filter((_, i) => isWanted(entries[i], keys[pool]));
      pools.push([pool, wanted.map((at) => sliceObject(text, at, fields[pool]))]);
    }
    return skipValue(text, start);
  });
  return joinPools(pools);
}

function joinPools(pools: readonly (readonly [Pool, readonly string[]])[]): string {
  const filled = pools.filter(([, entries]) => entries.length > 0);
  if (filled.length === 0) return "";
  return `,"includes":{${filled.map(([pool, entries]) => `"${pool}":[${entries.join(",")}]`).join(",")}}`;
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
