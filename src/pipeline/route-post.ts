/**
 * What becomes of one post: a record, a dead letter, or nothing because it was there before.
 */
import type { TweetInput } from "../generated/tweet.ts";
import type { OutgoingRecord } from "../kafka/port.ts";
import type { RecordEncoder } from "../serde/encoder.ts";
import type { SourcedPost } from "../source/port.ts";
import { mapPost } from "../tweets/map-post.ts";
import type { TweetVersion } from "../tweets/version.ts";
import type { DeadLetterReason } from "./dead-letter.ts";
import type { DedupeWindow } from "./dedupe-window.ts";

export type RoutedPost =
  | {
      readonly kind: "record";
      readonly record: OutgoingRecord;
      /** Of the rules that the post matched. */
      readonly tags: readonly string[];
      /** Places of the post that could not be taken; see tweets/part-reader.ts. */
      readonly leftOut: readonly string[];
    }
  | { readonly kind: "duplicate"; readonly tags: readonly string[] }
  | { readonly kind: "dead-letter"; readonly reason: DeadLetterReason; readonly tags: readonly string[] };

export interface RouteTools {
  readonly encoder: RecordEncoder<TweetInput>;
  readonly window: DedupeWindow;
  /** Of the Tweets, and of the encoder's schema. */
  readonly version: TweetVersion;
  /** Of the records of posts that X has sent. Default: none. */
  readonly headers?: OutgoingRecord["headers"];
  /** When a post was had that its source has no time for. */
  readonly nowMs: number;
}

/** Maps, de-duplicates and encodes; remembers the post's id in the window. Never throws. */
export function routePost(
  post: SourcedPost,
  { encoder, window, version, headers, nowMs }: RouteTools,
): RoutedPost {
  if (post.kind === "malformed") {
    const reason = { stage: "parse", code: "invalid-json", message: post.message } as const;
    return { kind: "dead-letter", reason, tags: [] };
  }
  const ingestedAtMs = post.origin.kind === "x" ? post.origin.receivedAtMs : nowMs;
  const mapped = mapPost(post.payload, { version, ingestedAtMs });
  if (mapped.kind === "rejected") {
    const { code, path, message } = mapped;
    return {
      kind: "dead-letter",
      reason: { stage: "map", code, message: at(path, message) },
      tags: [],
    };
  }
  const { tags } = mapped;
  if (!window.add(mapped.id)) return { kind: "duplicate", tags };
  const encoded = encoder.encode(mapped.tweet);
  if (encoded.kind === "unencodable") {
    const { code, path, message } = encoded;
    return { kind: "dead-letter", reason: { stage: "encode", code, message: at(path, message) }, tags };
  }
  const record: OutgoingRecord = {
    key: Buffer.from(mapped.id),
    value: encoded.bytes,
    ...(headers !== undefined && post.origin.kind === "x" && { headers }),
  };
  return { kind: "record", record, tags, leftOut: mapped.leftOut };
}

function at(path: string, message: string): string {
  return path === "" ? message : `${path}: ${message}`;
}
