/**
 * X's ids: milliseconds since 2010-11-04T01:42:54.657Z in the upper 42 bits, a machine and a counter in the lower 22.
 */
const epochMs = 1_288_834_974_657n;
const lowerBits = 22n;

/** `lower` is the machine and counter part, 0..4194303. Times before the epoch are the epoch. */
export function snowflakeAt(timeMs: number, lower: number): string {
  const sinceEpoch = BigInt(Math.floor(timeMs)) - epochMs;
  return (((sinceEpoch > 0n ? sinceEpoch : 0n) << lowerBits) | BigInt(lower & 0x3fffff)).toString();
}

/** The id that a post `ms` later would have had. */
export function laterSnowflake(id: string, ms: number): string {
  return (BigInt(id) + (BigInt(ms) << lowerBits)).toString();
}

export function timeOfSnowflake(id: string): number {
  return Number((BigInt(id) >> lowerBits) + epochMs);
}

/** As X prints a post's time: whole seconds, always `.000Z`. */
export function createdAtOf(timeMs: number): string {
  return new Date(timeMs - (timeMs % 1000)).toISOString();
}
