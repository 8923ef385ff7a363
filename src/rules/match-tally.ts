/**
 * What rules would have matched of a list of posts, and what X would have counted: a post that several rules match is
 * delivered once, and a post or user that comes again on one UTC day is counted once. Source: x-api facts 1.3, 1.8.
 */
import { isJsonObject } from "../kernel/json.ts";
import type { RuleNode } from "./ast.ts";
import { createFactsMatcher } from "./matcher.ts";
import { PostFacts } from "./post-facts.ts";

export interface RuleTally {
  /** Posts that the rule matches. */
  matched: number;
  /** Posts that no other rule matches. */
  alone: number;
}

export interface MatchTally {
  /** Posts that differ by id and UTC day. */
  posts: number;
  /** Posts that came again. */
  repeated: number;
  /** Payloads without a post. */
  notPosts: number;
  /** Posts that at least one rule matches: what X would deliver. */
  matched: number;
  /** Authors of the matched posts and the users that came with them, each once a UTC day. */
  users: number;
  /** Times of the first and the last post, milliseconds since the epoch; null where no post tells its time. */
  firstAtMs: number | null;
  lastAtMs: number | null;
  /** In the order of the rules. */
  readonly rules: readonly RuleTally[];
}

export interface MatchTallier {
  readonly tally: MatchTally;
  /** How many rules match the payload; null when it is no post or came before. */
  add(payload: unknown): number | null;
}

const dayMs = 86_400_000;

export function createMatchTallier(rules: readonly { readonly root: RuleNode }[]): MatchTallier {
  const tests = rules.map(createFactsMatcher);
  const seenPosts = new Set<string>();
  const seenUsers = new Set<string>();
  const tally: MatchTally = {
    posts: 0,
    repeated: 0,
    notPosts: 0,
    matched: 0,
    users: 0,
    firstAtMs: null,
    lastAtMs: null,
    rules: rules.map(() => ({ matched: 0, alone: 0 })),
  };
  return {
    tally,
    add(payload) {
      const post = new PostFacts(payload);
      if (post.id === "") {
        tally.notPosts += 1;
        return null;
      }
      const atMs = timeOf(post);
      const day = atMs === null ? "" : `${Math.floor(atMs / dayMs)}`;
      const key = `${day}:${post.id}`;
      if (seenPosts.has(key)) {
        tally.repeated += 1;
        return null;
      }
      seenPosts.add(key);
      tally.posts += 1;
      if (atMs !== null) {
        tally.firstAtMs = Math.min(atMs, tally.firstAtMs ?? atMs);
        tally.lastAtMs = Math.max(atMs, tally.lastAtMs ?? atMs);
      }
      const matching = tally.rules.filter((_, index) => tests[index]?.(post) === true);
      for (const rule of matching) rule.matched += 1;
      const [only] = matching;
      if (only === undefined) return 0;
      if (matching.length === 1) only.alone += 1;
      tally.matched += 1;
      for (const user of usersOf(payload, post)) seenUsers.add(`${day}:${user}`);
      tally.users = seenUsers.size;
      return matching.length;
    },
  };
}

/** As X writes it; an id tells the time, too, as a snowflake (41 bits of milliseconds since 2010-11-04). */
function timeOf({ id, data }: PostFacts): number | null {
  const created = typeof data.created_at === "string" ? Date.parse(data.created_at) : Number.NaN;
  if (Number.isFinite(created)) return created;
  return /^[0-9]{15,19}$/.test(id) ? Number((BigInt(id) >> 22n) + 1_288_834_974_657n) : null;
}

function usersOf(payload: unknown, { data }: PostFacts): string[] {
  const includes = isJsonObject(payload) && isJsonObject(payload.includes) ? payload.includes : {};
  const listed = Array.isArray(includes.users) ? includes.users.filter(isJsonObject).map(({ id }) => id) : [];
  return [data.author_id, ...listed].filter((id) => typeof id === "string");
}
