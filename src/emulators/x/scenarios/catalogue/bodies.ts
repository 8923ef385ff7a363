/**
 * What is wrong with the bytes of a stream. Source: x-api facts 1.3, 3.3, 3.4 and 5.2.
 */
import type { Scenario } from "../scenario.ts";

const recovers = { kind: "recovers" } as const;
const mebibyte = 1024 * 1024;

export const bodyScenarios: readonly Scenario[] = [
  {
    name: "partial-line",
    what: "X ends the body in the middle of a post",
    source: "3.3 row 8",
    client: recovers,
    posts: "those in it stay matched: they were not sent",
    strikes: { on: "stream", strike: { kind: "partial-line", ending: "end", whole: false } },
  },
  {
    name: "partial-line-rst",
    what: "the connection is reset in the middle of a post",
    source: "3.3 rows 8 and 9",
    client: recovers,
    posts: "those in it stay matched: they were not sent",
    strikes: { on: "stream", strike: { kind: "partial-line", ending: "reset", whole: false } },
  },
  {
    name: "unterminated-line",
    what: "X ends the body after a whole post, without its CRLF",
    source: "3.3 row 8",
    client: recovers,
    posts: "those in it stay matched: they were not sent",
    strikes: { on: "stream", strike: { kind: "partial-line", ending: "end", whole: true } },
  },
  {
    name: "broken-json",
    what: "a line of the stream is no JSON, and the stream goes on",
    source: "3.3 row 4",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "line", line: '{"data":{"id":"1","text":"broken' } },
  },
  {
    name: "unknown-message",
    what: "a message of a type that nobody knows, and the stream goes on",
    source: "1.3",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "line", line: '{"announcement":{"kind":"new","level":3}}' } },
  },
  {
    name: "odd-json",
    what: "a line that is JSON and no object, and the stream goes on",
    source: "3.3 row 5",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "line", line: '["not","a","message"]' } },
  },
  {
    name: "flood",
    what: "6 MiB without a line's end, and then the end of the body",
    source: "3.4",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "flood", bytes: 6 * mebibyte } },
  },
  {
    name: "one-megabyte",
    what: "one post comes as a message of 1 MiB",
    source: "3.4",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "large", bytes: mebibyte } },
  },
  {
    name: "cut-utf8",
    what: "the body comes in chunks that are cut inside characters",
    source: "3.3 row 3",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "cut", mode: "utf8" } },
  },
  {
    name: "cut-crlf",
    what: "each CRLF, or its LF, comes in a chunk of its own",
    source: "3.3 row 3b",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "cut", mode: "crlf" } },
  },
  {
    name: "cut-bytes",
    what: "every byte comes in a chunk of its own",
    source: "3.3 rows 2, 3 and 3b",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "cut", mode: "bytes" } },
  },
  {
    name: "gzip-rst",
    what: "a compressed stream is reset, with 5 posts on the way",
    source: "3.3 row 10",
    client: recovers,
    posts: "those in it stay written: they were sent and not taken",
    strikes: { on: "stream", strike: { kind: "reset", posts: 5 } },
  },
  {
    name: "gzip-corrupt",
    what: "a compressed stream goes on with bytes that are no gzip, and no post comes any more",
    source: "3.3 row 10",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "corrupt" } },
  },
];
