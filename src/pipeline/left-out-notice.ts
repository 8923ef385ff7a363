/**
 * Says once for each place of a post that what X sends there is not of its kind, and that the Tweet has the default.
 */
import type { Log } from "../telemetry/log.ts";

/** Places have no indices in them, so that there are few; a hostile source has no more of them either. */
const maxAnnounced = 20;

/** Takes the places of one post; `id` is the post's. */
export function createLeftOutNotice(log: Log) {
  const announced = new Set<string>();
  return (places: readonly string[], id: string): void => {
    for (const place of places) {
      if (announced.size >= maxAnnounced || announced.has(place)) continue;
      announced.add(place);
      log.warn(`a part of a post is not what X describes and is left out: ${place}; said once`, { post: id });
    }
  };
}
