/**
 * What a message of the stream is billed as: its post, and the posts and users that it brings along. Spec: X API
 * pay-per-use, each post and user once a UTC day; whether what an expansion brings is billed is not written anywhere,
 * so it counts. A line that could not be understood counts as a post.
 */
import { isPostId, type PostId } from "../kernel/brand.ts";
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { fromStoredTag } from "../kernel/rule-tag.ts";
import type { SourcedPost } from "../source/port.ts";
import type { Reads } from "../telemetry/spend.ts";
import { createDedupeWindow, type DedupeWindow } from "./dedupe-window.ts";

export interface ReadCounter {
  /** What it adds to the bill of the day, and the tags of the rules it matched. */
  count(post: SourcedPost): { readonly reads: Reads; readonly tags: ReadonlySet<string> };
  /** A post that was read earlier on this day. */
  seen(id: PostId): void;
  /** A new day: everything is billed again. */
  reset(): void;
}

/** A repetition that comes later than that counts again, which errs on the safe side: 7 MB. */
const rememberedIds = 2 ** 18;

export function createReadCounter(): ReadCounter {
  let posts: DedupeWindow | undefined;
  let users: DedupeWindow | undefined;
  const isNewPost = (id: unknown): boolean => {
    posts ??= createDedupeWindow(rememberedIds);
    return !isPostId(id) || posts.add(id);
  };
  const isNewUser = (id: unknown): boolean => {
    users ??= createDedupeWindow(rememberedIds);
    return !isPostId(id) || users.add(id);
  };
  return {
    count(post) {
      const reads: Reads = { posts: 0, users: 0 };
      const tags = new Set<string>();
      const payload = post.kind === "post" && isJsonObject(post.payload) ? post.payload : null;
      const data = isJsonObject(payload?.data) ? payload.data : null;
      if (payload === null || data === null) return { reads: { posts: 1, users: 0 }, tags };
      if (isNewPost(data.id)) reads.posts++;
      const includes = isJsonObject(payload.includes) ? payload.includes : {};
      for (const id of idsOf(includes, "tweets", "posts")) if (isNewPost(id)) reads.posts++;
      for (const id of idsOf(includes, "users")) if (isNewUser(id)) reads.users++;
      for (const rule of objectsOf(payload.matching_rules)) {
        tags.add(typeof rule.tag === "string" ? fromStoredTag(rule.tag) : "");
      }
      return { reads, tags };
    },
    seen: (id) => void isNewPost(id),
    reset() {
      posts = undefined;
      users = undefined;
    },
  };
}

function objectsOf(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function idsOf(includes: JsonObject, ...pools: readonly string[]): readonly unknown[] {
  return pools.flatMap((pool) => objectsOf(includes[pool])).map(({ id }) => id);
}
