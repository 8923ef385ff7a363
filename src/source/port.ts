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

export interface PostSource extends AsyncDisposable {
  /**
   * Batches in the order of arrival, as fast as they are taken: not taking is what holds the source back.
   * Ends when the source has no more, or soon after `signal` is aborted, once what was received is given out.
   */
  read(signal: AbortSignal): AsyncIterable<readonly SourcedPost[]>;
}
