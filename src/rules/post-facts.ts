/**
 * What a v2 stream payload (`{data, includes}`) says that a rule can ask for. Computed when first asked for, once a
 * post however many rules look at it. Source: x-api facts 1.7, 2.1 and 2.3.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { foldText } from "./words.ts";

const none: JsonObject = {};

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : none;
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const hashtagInText = /(?<![\p{L}\p{M}\p{N}_&])[#＃]([\p{L}\p{M}\p{N}_]*[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*)/gu;
const cashtagInText = /(?<![\p{L}\p{N}_$])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![A-Za-z0-9_])/gu;
const mentionInText = /(?<![\p{L}\p{N}_!#$%&*@＠])[@＠]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])/gu;
const linkInText = /https?:\/\/[^\s]+/gu;

function findAll(pattern: RegExp, text: string): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? match[0]);
}

type TagKind = "hashtags" | "cashtags" | "mentions";
const tagFacts: Readonly<Record<TagKind, { member: string; sign: RegExp; pattern: RegExp }>> = {
  hashtags: { member: "tag", sign: /[#＃]/, pattern: hashtagInText },
  cashtags: { member: "tag", sign: /\$/, pattern: cashtagInText },
  mentions: { member: "username", sign: /[@＠]/, pattern: mentionInText },
};

export class PostFacts {
  readonly data: JsonObject;
  readonly #includes: JsonObject;
  #bodies: readonly JsonObject[] | undefined;
  #texts: readonly string[] | undefined;
  #author: JsonObject | undefined;
  readonly #tags: Partial<Record<TagKind, readonly string[]>> = {};
  #links: readonly JsonObject[] | undefined;

  constructor(payload: unknown) {
    const root = objectOf(payload);
    this.data = objectOf(root.data);
    this.#includes = objectOf(root.includes);
  }

  get id(): string {
    return textOf(this.data.id);
  }

  /** The post itself, and the posts it quotes or repeats, whose words count as its own. */
  get bodies(): readonly JsonObject[] {
    this.#bodies ??= [
      this.data,
      ...this.referenced("quoted")
        .concat(this.referenced("retweeted"))
        .filter((post) => post !== none),
    ];
    return this.#bodies;
  }

  /** Full texts, folded: a long post's `note_tweet`, or else its `text`. */
  get texts(): readonly string[] {
    this.#texts ??= this.bodies.map((post) => foldText(fullText(post)));
    return this.#texts;
  }

  get author(): JsonObject {
    this.#author ??= this.user(textOf(this.data.author_id));
    return this.#author;
  }

  /** A user from `includes`, by id; an object without members when it is not there. */
  user(id: string): JsonObject {
    return id === "" ? none : this.#find("users", "id", id);
  }

  /** One entry for each reference of that type: the post from `includes`, or an object without members. */
  referenced(type: "quoted" | "retweeted" | "replied_to"): JsonObject[] {
    if (this.data.referenced_tweets === undefined) return [];
    return objectsOf(this.data.referenced_tweets)
      .filter((reference) => reference.type === type)
      .map((reference) => this.#find("tweets", "id", textOf(reference.id)));
  }

  referencedIds(type: "quoted" | "retweeted" | "replied_to"): string[] {
    return objectsOf(this.data.referenced_tweets)
      .filter((reference) => reference.type === type)
      .map((reference) => textOf(reference.id));
  }

  /** In lower case, without their signs; from the entities, or from the text where a post came without any. */
  tags(kind: TagKind): readonly string[] {
    let found = this.#tags[kind];
    if (found === undefined) {
      const { member, sign, pattern } = tagFacts[kind];
      found = this.bodies.flatMap((post) => {
        const listed = entitiesOf(post).flatMap((entities) => objectsOf(entities[kind]));
        const text = fullText(post);
        const tags =
          listed.length > 0 || post.entities !== undefined
            ? listed.map((entity) => textOf(entity[member]))
            : sign.test(text)
              ? findAll(pattern, text)
              : [];
        return tags.map((tag) => tag.normalize("NFC").toLowerCase());
      });
      this.#tags[kind] = found;
    }
    return found;
  }

  /** URL entities; `{url}` alone where only the text tells. */
  get links(): readonly JsonObject[] {
    this.#links ??= this.bodies.flatMap((post) => {
      const listed = entitiesOf(post).flatMap((entities) => objectsOf(entities.urls));
      if (listed.length > 0 || post.entities !== undefined) return listed;
      return findAll(linkInText, fullText(post)).map((url) => ({ url }));
    });
    return this.#links;
  }

  get hasMedia(): boolean {
    return this.bodies.some((post) => {
      const keys = objectOf(post.attachments).media_keys;
      return Array.isArray(keys) && keys.length > 0;
    });
  }

  hasMediaOfType(...types: readonly string[]): boolean {
    const keys = this.bodies.flatMap((post) => {
      const list = objectOf(post.attachments).media_keys;
      return Array.isArray(list) ? list : [];
    });
    return objectsOf(this.#includes.media).some(
      (media) => keys.includes(media.media_key) && types.includes(textOf(media.type)),
    );
  }

  get place(): JsonObject {
    return this.#find("places", "id", textOf(objectOf(this.data.geo).place_id));
  }

  #find(pool: string, member: string, value: string): JsonObject {
    const list = this.#includes[pool];
    if (value === "" || !Array.isArray(list)) return none;
    for (const entry of list) if (isJsonObject(entry) && entry[member] === value) return entry;
    return none;
  }
}

function fullText(post: JsonObject): string {
  const note = post.note_tweet;
  return isJsonObject(note) && typeof note.text === "string" ? note.text : textOf(post.text);
}

function entitiesOf(post: JsonObject): JsonObject[] {
  const note = objectOf(objectOf(post.note_tweet).entities);
  return note === none ? [objectOf(post.entities)] : [objectOf(post.entities), note];
}
