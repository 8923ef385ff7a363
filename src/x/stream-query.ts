/**
 * Which fields of a post are asked for, as the stream's query has it. Spec: X API v2, GET tweets/search/stream.
 */
import type { XQuery } from "./twitter-api.ts";

export interface XStreamFields {
  /** `tweet.fields`; `created_at` is always asked for, since every record has it. */
  readonly tweet?: readonly string[];
  readonly user?: readonly string[];
  readonly media?: readonly string[];
  readonly place?: readonly string[];
  readonly poll?: readonly string[];
  readonly expansions?: readonly string[];
}

export function toStreamQuery(fields: XStreamFields): XQuery {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ["tweet.fields", ["created_at", ...(fields.tweet ?? [])]],
    ["user.fields", fields.user ?? []],
    ["media.fields", fields.media ?? []],
    ["place.fields", fields.place ?? []],
    ["poll.fields", fields.poll ?? []],
    ["expansions", fields.expansions ?? []],
  ];
  const query: Record<string, string> = {};
  for (const [name, values] of lists) {
    if (values.length > 0) query[name] = [...new Set(values)].join(",");
  }
  return query;
}
