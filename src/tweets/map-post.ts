/**
 * X's post to our Tweet: what a payload of the X API v2 must have to become a record, and why it can't otherwise.
 * Spec: X API v2 post object; `id` and `text` are always sent, `created_at` when it was asked for.
 */
import type { TweetInput } from "../generated/tweet.ts";
import { isPostId, type PostId } from "../kernel/brand.ts";
import { isJsonObject, isWellFormedText, type JsonObject } from "../kernel/json.ts";
import { fromStoredTag } from "../kernel/rule-tag.ts";

export type RejectionCode = "not-a-post" | "missing-field" | "invalid-field" | "unpaired-surrogate";

export type MappedPost =
  | {
      readonly kind: "tweet";
      readonly tweet: TweetInput;
      readonly id: PostId;
      /** Tags of the rules that matched, each once, as the rules' author wrote them. */
      readonly tags: readonly string[];
    }
  | {
      readonly kind: "rejected";
      readonly code: RejectionCode;
      /** JSON pointer into the payload: `/data/created_at`; empty for the payload itself. */
      readonly path: string;
      readonly message: string;
    };

/**
 * Maps a payload `{data, matching_rules?}` to a Tweet. Pure, never throws; fields that Tweet does not have are left
 * out, and nothing is trimmed, cut or normalised.
 */
export function mapPost(payload: unknown): MappedPost {
  if (!isJsonObject(payload))
    return rejected("not-a-post", "", `the payload is ${nameOf(payload)}, not an object`);
  const data = payload.data;
  if (!isJsonObject(data)) {
    return data === undefined || data === null
      ? rejected("not-a-post", "", `the payload has no data: it is ${nameOf(payload)}`)
      : rejected("not-a-post", "/data", `data is ${nameOf(data)}, not an object`);
  }
  const id = data.id;
  if (!isPostId(id)) return badField("/data/id", id, "1 to 19 decimal digits as a string");
  const text = data.text;
  if (typeof text !== "string") return badField("/data/text", text, "a string");
  if (!isWellFormedText(text)) {
    return rejected(
      "unpaired-surrogate",
      "/data/text",
      "text has half of a surrogate pair, which UTF-8 cannot carry",
    );
  }
  const createdAt = data.created_at;
  if (typeof createdAt !== "string" || !isTimestamp(createdAt)) {
    return badField(
      "/data/created_at",
      createdAt,
      "an ISO 8601 time with a zone, such as 2026-01-31T23:59:59.000Z",
    );
  }
  return { kind: "tweet", tweet: { created_at: createdAt, id, text }, id, tags: tagsOf(payload) };
}

const noTags: readonly string[] = Object.freeze([]);

function tagsOf(payload: JsonObject): readonly string[] {
  const rules = payload.matching_rules;
  if (!Array.isArray(rules) || rules.length === 0) return noTags;
  const tags: string[] = [];
  for (const rule of rules) {
    const stored: unknown = isJsonObject(rule) ? rule.tag : undefined;
    if (typeof stored !== "string" || stored === "") continue;
    const tag = fromStoredTag(stored);
    if (!tags.includes(tag)) tags.push(tag);
  }
  return tags;
}

const timestamp =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

function isTimestamp(text: string): boolean {
  if (!timestamp.test(text)) return false;
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

function badField(path: string, value: unknown, wanted: string): MappedPost {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return value === undefined || value === null
    ? rejected("missing-field", path, `${name} is missing; it should be ${wanted}`)
    : rejected("invalid-field", path, `${name} is ${show(value)}; it should be ${wanted}`);
}

function rejected(code: RejectionCode, path: string, message: string): MappedPost {
  return { kind: "rejected", code, path, message };
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (!isJsonObject(value)) return `a ${typeof value}`;
  if (Array.isArray(value.errors)) return "a notice with errors only";
  const title = value.title;
  if (typeof title === "string") return `a problem titled ${show(title)}`;
  return "an object of another kind";
}

function show(value: unknown): string {
  if (typeof value !== "string")
    return typeof value === "object" ? nameOf(value) : `the ${typeof value} ${value}`;
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}
