/**
 * A point in time, exact to the nanosecond, and its ISO 8601 text.
 */
const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/** Nanoseconds since the epoch; null for a text that is no date or date with a time. Without a zone it is UTC. */
export function parseInstant(text: string): bigint | null {
  const [whole, date = "", time = "00:00", seconds = "00", fraction = "", zone = "Z"] = iso.exec(text) ?? [];
  if (whole === undefined) return null;
  const ms = Date.parse(`${date}T${time}:${seconds}${zone.toUpperCase()}`);
  // Some engines take a 30th of February for the 2nd of March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return null;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
