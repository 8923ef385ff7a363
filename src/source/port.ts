/**
 * What a source of posts is: something that gives batches of raw lines, parsed or not, and where each came from.
 */
export type PostOrigin =
  | { readonly kind: "replay"; readonly file: string; readonly line: number }
  /** `connection` counts this process's connections from 1. */
  | { readonly kind: "x"; readonly connection: number; readonly receivedAtMs: number };

export type SourcedPost =
  | { readonly kind: "post"; readonly origin: PostOrigin; readonly raw: Buffer; readonly payload: unknown }
  /** A line that is not JSON. */
  | {
      readonly kind: "malformed";
      readonly origin: PostOrigin;
      readonly raw: Buffer;
      readonly message: string;
    };

/** A time in which a source was away from what it reads, so that posts of it may be missing. Milliseconds are epoch's. */
export interface SourceGap {
  /** How the connection before it ended, for people: `reset`, `idle`, `notice SlowReader: ...`. */
  readonly cause: string;
  /** Up to here everything came. */
  readonly fromMs: number;
  /** From here on posts came again; or the run ended. */
  readonly toMs: number;
  /** The last post before it and the first after it; null where there was none. */
  readonly lastPostId: string | null;
  readonly nextPostId: string | null;
  /** The source was asked to send again what it has from here on; null when it was not. */
  readonly backfilledFromMs: number | null;
}

/** The part of a gap that nothing closed; null when all of it was sent again. */
export function openPartOf(gap: SourceGap): { readonly fromMs: number; readonly toMs: number } | null {
  const { fromMs, toMs, backfilledFromMs } = gap;
  if (backfilledFromMs === null) return { fromMs, toMs };
  return backfilledFromMs <= fromMs ? null : { fromMs, toMs: Math.min(toMs, backfilledFromMs) };
}

export interface PostSource extends AsyncDisposable {
  /**
   * Batches in the order of arrival, as fast as they are taken: not taking is what holds the source back.
   * Ends when the source has no more, or soon after `signal` is aborted, once what was received is given out.
   */
  read(signal: AbortSignal): AsyncIterable<readonly SourcedPost[]>;
}

/** One line of a file or a stream. */
export interface SourcedLine {
  /** Without its ending, and without the byte order mark of a file. */
  readonly raw: Buffer;
  /** From 1; empty lines count, though they are skipped. */
  readonly number: number;
  /** It was longer, and only so much of it was kept. */
  readonly cut: boolean;
}

export interface LineSource extends AsyncDisposable {
  /** As that of a PostSource. */
  read(signal: AbortSignal): AsyncIterable<readonly SourcedLine[]>;
}
