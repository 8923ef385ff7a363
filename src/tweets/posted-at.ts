/**
 * When a post was posted, out of its id: X's ids are snowflakes, milliseconds since 2010-11-04T01:42:54.657Z above 22
 * bits of machine and counter. Finer than `created_at`, which X cuts to seconds.
 */
const epochMs = 1_288_834_974_657;
const lowerBits = 22;
/** Ids given out before that scheme were counted up, and stayed below this. */
const firstSnowflake = 29_700_859_247;

/** Milliseconds since the epoch, to 1 ms; null for an id that holds no time. */
export function postedAtMs(id: string): number | null {
  const number = Number(id);
  // Of a number that has more than 53 bits the lowest are lost, which lie below the time.
  return number >= firstSnowflake ? Math.floor(number / 2 ** lowerBits) + epochMs : null;
}
