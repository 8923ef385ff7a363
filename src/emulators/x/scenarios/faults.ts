/**
 * Where faults may strike: the places in the emulator that ask before they do what X does on a good day. What strikes,
 * where and when is decided behind these interfaces; without a scenario `noFaults` answers, and nothing is different.
 */
import type { XApp } from "../app.ts";
import type { ContentCoding } from "../body-encoder.ts";
import type { Exchange, Reply } from "../exchange.ts";
import type { PlayedPost } from "../played-post.ts";
import type { StreamConnection } from "../stream-connection.ts";

/** A post that matched and would be sent now. Whoever takes it reports it to the connection's ledger as matched. */
export interface OfferedPost {
  readonly post: PlayedPost;
  readonly tags: readonly string[];
  /** What follows the members of the post: its matching rules and the line's end. */
  readonly frameEnd: string;
}

/** What decides over one open connection while faults may still strike it. */
export interface StreamScript {
  /** The coding that the fault needs; undefined: what the client asks for. */
  readonly coding?: ContentCoding;
  /**
   * `open`: posts may be offered. `strike`: a fault is about to strike, and nobody plays on until it has. `mute`: this
   * connection takes no posts any more; with no other one the player waits, otherwise what it is offered is lost. A
   * connection that is closed holds nobody: its gate is `open`.
   */
  readonly gate: "open" | "strike" | "mute";
  /** Resolves when the gate opens, or the connection is closed. */
  opened(): Promise<void>;
  /** Instead of being written. One at a time: the gate may have closed afterwards. */
  offer(offered: OfferedPost): void;
  /** The connection is there, and nothing was sent yet. */
  start(connection: StreamConnection): void;
  /** Nothing can be sent any more. */
  closed(): void;
}

/** Headers to be sent instead of the usual ones; null leaves one out. */
export type HeaderChanges = Readonly<Record<string, string | null>>;

export type Verdict =
  | { readonly kind: "pass" }
  /** Answered with this, at once. */
  | { readonly kind: "reply"; readonly reply: Reply; readonly headers: HeaderChanges }
  /** The fault answers by itself, or never. */
  | { readonly kind: "taken" };

export type ConnectVerdict =
  | Exclude<Verdict, { kind: "pass" }>
  | { readonly kind: "pass"; readonly script: StreamScript | null };

export type CallVerdict =
  | Exclude<Verdict, { kind: "pass" }>
  /** Handled with another app, if there is one, and answered with what `amend` makes of the reply. */
  | {
      readonly kind: "pass";
      readonly app?: XApp;
      readonly amend?: (reply: Reply) => Reply;
    };

export interface Faults {
  /** Called once, when the source has no more posts. */
  sourceEnded(): void;
  /** A connect that X would take: everything was checked, and 200 comes next. */
  connect(app: XApp, exchange: Exchange): ConnectVerdict | Promise<ConnectVerdict>;
  /** A call of the rules endpoint, with its token and rate window checked. */
  call(app: XApp, exchange: Exchange): CallVerdict | Promise<CallVerdict>;
}

export const noFaults: Faults = {
  sourceEnded() {},
  connect: () => ({ kind: "pass", script: null }),
  call: () => ({ kind: "pass" }),
};

/** What a fault may do to the server as a whole. */
export interface FaultHost {
  /** Stops listening and resets every connection. The control port stays. */
  closePort(): Promise<void>;
  /** Listens again, on the same port. */
  openPort(): Promise<void>;
}
