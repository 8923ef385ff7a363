/**
 * Posts from a seed: the same seed gives the same posts, ids and times, on any machine and at any rate. Time is the
 * generator's own and starts on 2026-01-05; ids are snowflakes of it, strictly rising, and hold the seed. Some posts are
 * edited a little later, and a few of these again.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { PlayedPost } from "../played-post.ts";
import type { PostFeed } from "../post-feed.ts";
import { snowflakeAt } from "../snowflake.ts";
import { canBeEdited, createEdit } from "./create-edit.ts";
import { createPost } from "./create-post.ts";
import { createRandom } from "./random.ts";

export interface GeneratedFeedOptions {
  readonly seed: number;
  /** null: for ever. */
  readonly count: number | null;
}

const startsAtMs = Date.UTC(2026, 0, 5, 9);
const longestGapMs = 40;
const postsABatch = 64;
const editShare = 0.04;
const editAgainShare = 0.4;
const postsBeforeEdit = 30;

export function createGeneratedFeed({ seed, count }: GeneratedFeedOptions): PostFeed {
  let closed = false;
  return {
    brokenLines: 0,
    async *batches() {
      const random = createRandom(seed);
      let timeMs = startsAtMs;
      /** Posts to be edited, by the number of the post that is the edit. */
      const edits = new Map<number, JsonObject>();
      for (let made = 0; !closed && (count === null || made < count); ) {
        const batch: PlayedPost[] = [];
        for (; batch.length < postsABatch && (count === null || made < count); made++) {
          timeMs += 1 + random.below(longestGapMs);
          const id = snowflakeAt(timeMs, ((seed & 0x3ff) << 12) | random.below(0x1000));
          const edited = edits.get(made);
          edits.delete(made);
          const payload =
            edited === undefined ? createPost(random, { id, timeMs }) : createEdit(edited, { id, timeMs });
          if (random.chance(edited === undefined ? editShare : editAgainShare) && canBeEdited(payload)) {
            edits.set(made + 1 + random.below(postsBeforeEdit), payload);
          }
          batch.push({ id, payload, recorded: null });
        }
        yield batch;
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}
