/**
 * How a stream ends, falls silent, or is gone with its server. Source: x-api facts 1.4, 3.3 and 5.2.
 */
import type { Scenario } from "../scenario.ts";

const recovers = { kind: "recovers" } as const;

export const endingScenarios: readonly Scenario[] = [
  {
    name: "clean-end",
    what: "X ends the stream as HTTP says, without a notice",
    source: "1.4, 3.3 row 8",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "end" } },
  },
  {
    name: "rst",
    what: "the connection is reset when everything sent had arrived",
    source: "1.4, 3.3 row 9",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "reset", posts: 0 } },
  },
  {
    name: "rst-in-flight",
    what: "the connection is reset with 5 posts on the way",
    source: "3.5 point 8",
    client: recovers,
    posts: "those in it stay written: they were sent and not taken",
    strikes: { on: "stream", strike: { kind: "reset", posts: 5 } },
  },
  {
    name: "half-open",
    what: "nothing comes any more, not even heartbeats, and the connection stays open; 3 posts go nowhere",
    source: "1.4, 3.3 row 18, 4 user struggle 8",
    client: recovers,
    posts: "those in it stay matched: they were not sent",
    strikes: { on: "stream", strike: { kind: "silence", posts: 3 } },
  },
  {
    name: "heartbeats-only",
    what: "heartbeats come and no posts for 2 minutes, and then it goes on",
    source: "1.3, 4 user struggle 9",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "heartbeats", forMs: 120_000 } },
  },
  {
    name: "flap",
    what: "the stream ends, and 5 times in a row X answers 200 and ends the body at once",
    source: "3.3 row 11",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "connect", strike: { kind: "flap", times: 5 } },
  },
  {
    name: "ghost",
    what: "the connection is reset, and X counts it as open for 20 s: 429 TooManyConnections",
    source: "1.4, 4 user struggle 1",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "ghost", forMs: 20_000 } },
  },
  {
    name: "slow-reader",
    what: "X takes the client for too slow: 20 posts are dropped and the connection is reset without a word",
    source: "1.4",
    client: recovers,
    posts: "those in it stay matched: they were not sent",
    strikes: { on: "stream", strike: { kind: "overflow", posts: 20, notice: false } },
  },
  {
    name: "slow-reader-notice",
    what: "X takes the client for too slow: 20 posts are dropped, it says SlowReader and closes",
    source: "1.4",
    client: recovers,
    posts: "those in it stay matched: they were not sent",
    strikes: { on: "stream", strike: { kind: "overflow", posts: 20, notice: true } },
  },
  {
    name: "port-closed",
    what: "every connection is reset and nobody listens for 20 s",
    source: "5.2, 3.3 row 15",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "close-port", forMs: 20_000, rules: "kept" } },
  },
  {
    name: "restart",
    what: "X restarts within 2 s and still has the rules",
    source: "5.2",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "close-port", forMs: 2_000, rules: "kept" } },
  },
  {
    name: "restart-rules-lost",
    what: "X restarts within 2 s without any rule: 409 until they are added again",
    source: "5.2, 1.6",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "close-port", forMs: 2_000, rules: "lost" } },
  },
];
