/**
 * What X does with posts that is allowed and unpleasant: no order, no uniqueness. Source: x-api facts 1.3, 1.9.
 */
import type { Scenario } from "../scenario.ts";

const recovers = { kind: "recovers" } as const;

export const postScenarios: readonly Scenario[] = [
  {
    name: "duplicates",
    what: "10 posts come, and then the same 10 again",
    source: "1.3",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "repeat", posts: 10 } },
  },
  {
    name: "late-post",
    what: "one post comes after 25 younger ones",
    source: "1.3",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "late", posts: 25 } },
  },
  {
    name: "out-of-order",
    what: "20 posts come in another order",
    source: "1.3",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "shuffle", posts: 20 } },
  },
  {
    name: "edit-chain",
    what: "4 posts in a row, each an edit of the one before, with a new id and the history of all",
    source: "1.9",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "edits", posts: 4 } },
  },
  {
    name: "data-with-errors",
    what: "a post comes with `errors` beside its data: what it refers to was deleted",
    source: "1.3, 3.3 row 5",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "hydration" } },
  },
];
