/**
 * A fault scenario as data: what X does wrong, when, what a client has to make of it, and how the ledger counts the
 * posts that are in it. Source: x-api facts 5.2; what X does is in 1.3 to 1.6, what clients do with it in 3.3.
 */
import type { CutMode } from "../cut.ts";
import type { HeaderChanges } from "./faults.ts";

export const disconnectTypes = [
  "OperationalDisconnect",
  "UpstreamOperationalDisconnect",
  "ForceDisconnect",
  "UpstreamUncleanDisconnect",
  "SlowReader",
  "InternalError",
  "ClientApplicationStateDegraded",
  "InvalidRules",
] as const;
export type DisconnectType = (typeof disconnectTypes)[number];

/** An answer instead of the usual one. */
export interface Refusal {
  readonly status: number;
  /** Text is sent as it is, anything else as JSON. */
  readonly body: unknown;
  readonly headers?: HeaderChanges;
  /**
   * What the rate-limit headers say: `spent` nothing left until 90 s from now; `absent` not there; `past` nothing left,
   * and a reset that was a minute ago; `skewed` as by a clock an hour ahead. Default: the true window.
   */
  readonly rateLimit?: "spent" | "absent" | "past" | "skewed";
  /** In seconds from now. */
  readonly retryAfter?: { readonly seconds: number; readonly as: "seconds" | "date" };
}

/** What happens to an open stream. `posts` are those after the place where it strikes. */
export type StreamStrike =
  /** The body ends as HTTP says. */
  | { readonly kind: "end" }
  /** RST, right after `posts` posts that were written and not taken. */
  | { readonly kind: "reset"; readonly posts: number }
  /** Nothing comes any more, no heartbeat either, and the connection stays; `posts` posts are sent nowhere. */
  | { readonly kind: "silence"; readonly posts: number }
  /** Heartbeats alone, for so long. */
  | { readonly kind: "heartbeats"; readonly forMs: number }
  | { readonly kind: "notice"; readonly type: DisconnectType; readonly ending: "end" | "reset" | "stay" }
  /** A line that is no post, or no JSON; the stream goes on. */
  | { readonly kind: "line"; readonly line: string }
  /** A problem object without `errors` around it, and then the end. */
  | { readonly kind: "problem"; readonly problem: Readonly<Record<string, unknown>> }
  /** The first part of a post's line, and then the end; `whole`: all of it but its CRLF. */
  | { readonly kind: "partial-line"; readonly ending: "end" | "reset"; readonly whole: boolean }
  /** So many bytes without a line's end, and then the end. */
  | { readonly kind: "flood"; readonly bytes: number }
  /** One post of so many bytes. */
  | { readonly kind: "large"; readonly bytes: number }
  /** From here on the body comes in chunks that are cut like that. */
  | { readonly kind: "cut"; readonly mode: CutMode }
  /** Bytes in the compressed body that are no gzip. */
  | { readonly kind: "corrupt" }
  /** `posts` posts, and then the same again. */
  | { readonly kind: "repeat"; readonly posts: number }
  /** One post comes after `posts` younger ones. */
  | { readonly kind: "late"; readonly posts: number }
  /** `posts` posts in another order. */
  | { readonly kind: "shuffle"; readonly posts: number }
  /** `posts` posts of which each is an edit of the one before. */
  | { readonly kind: "edits"; readonly posts: number }
  /** One post that comes with `errors` beside its data. */
  | { readonly kind: "hydration" }
  /** X's queue for this reader runs over: `posts` posts are dropped, and the connection is cut. */
  | { readonly kind: "overflow"; readonly posts: number; readonly notice: boolean }
  /** Someone deletes all rules; X says so and ends the stream, or has nothing to send for so long before it ends it. */
  | { readonly kind: "delete-rules"; readonly forMs: number | null }
  /** RST, and X counts the connection as open for so long. */
  | { readonly kind: "ghost"; readonly forMs: number }
  /** The port is closed for so long, and every connection reset. */
  | { readonly kind: "close-port"; readonly forMs: number; readonly rules: "kept" | "lost" };

/** What happens to a connect that X would take, `times` times in a row. */
export type ConnectStrike =
  | { readonly kind: "refuse"; readonly times: number; readonly answer: Refusal }
  /** All rules are gone when the client comes back. */
  | { readonly kind: "refuse-without-rules"; readonly times: number }
  /** Taken and never answered; `half`: with the first part of a head. */
  | { readonly kind: "stall"; readonly times: number; readonly half: boolean }
  | { readonly kind: "slow-head"; readonly times: number; readonly forMs: number }
  /** A head of 503 and a body that does not end. */
  | { readonly kind: "endless-body"; readonly times: number }
  /** 200, and the body's end. */
  | { readonly kind: "flap"; readonly times: number };

/** What happens to calls of the rules endpoint. */
export type CallStrike =
  | { readonly kind: "refuse-call"; readonly times: number; readonly answer: Refusal }
  | { readonly kind: "stall-call"; readonly times: number }
  /** One of the added rules was there already: another process was faster. */
  | { readonly kind: "duplicate-rule"; readonly times: number }
  /** One of the added rules is not created. */
  | { readonly kind: "partial-rules"; readonly times: number }
  /** None is created: the app has as many as it may. */
  | { readonly kind: "rule-cap"; readonly times: number };

export type Strike =
  | { readonly on: "stream"; readonly strike: StreamStrike }
  | { readonly on: "connect"; readonly strike: ConnectStrike }
  | { readonly on: "call"; readonly strike: CallStrike };

export interface Scenario {
  /** As `--x-scenario` takes it. */
  readonly name: string;
  /** One sentence: what X does. */
  readonly what: string;
  /** Where that is known from: a part of the x-api facts. */
  readonly source: string;
  /** Must a client go on, or end for good with this exit code of Birdwire's? */
  readonly client: { readonly kind: "recovers" } | { readonly kind: "ends"; readonly exitCode: number };
  /** How the ledger counts the posts in it. */
  readonly posts:
    | "all of them settle"
    | "those in it stay matched: they were not sent"
    | "those in it stay written: they were sent and not taken";
  readonly strikes: Strike;
}

/** A scenario's kinds of strike that need a body without compression. */
export const uncompressedKinds: readonly StreamStrike["kind"][] = ["cut"];
