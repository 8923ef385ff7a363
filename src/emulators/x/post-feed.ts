/**
 * Where the posts that the emulator plays come from: batches of checked posts, each a v2 message without
 * `matching_rules`. A feed that ends has no more posts; one that does not is played for ever.
 */
import type { PlayedPost } from "./played-post.ts";

export interface PostFeed extends AsyncDisposable {
  /** Lines that could not be played so far; each was named on the log. */
  readonly brokenLines: number;
  /** Can be called once. */
  batches(): AsyncGenerator<readonly PlayedPost[]>;
}
