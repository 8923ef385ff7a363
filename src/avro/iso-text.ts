/**
 * Logical types from their texts: ISO 8601 for times, and the texts of UUIDs (RFC 9562) and durations. What is read is
 * what `--format json` prints, and what people write for it.
 */

export type TimeUnit = "millis" | "micros" | "nanos";

const digitsOf = { millis: 3, micros: 6, nanos: 9 } as const;
const msPerDay = 86_400_000;

/** Units since 1970-01-01T00:00Z; null when the text is no such time, or finer than the unit. */
export function parseTimestamp(text: string, unit: TimeUnit, zoned: boolean): bigint | null {
  const match =
    /^((?:[+-]\d{6}|\d{4})-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d))?$/.exec(text);
  if (match === null) return null;
  const [, date = "", time = "", fraction = "", zulu, sign, hours = "0", minutes = "0"] = match;
  if (zoned !== (zulu !== undefined || sign !== undefined)) return null;
  const ms = parseInstant(`${date}T${time}.000Z`);
  const part = parseFraction(fraction, unit);
  if (ms === null || part === null) return null;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  return (BigInt(ms - offsetMs) / 1000n) * 10n ** BigInt(digitsOf[unit]) + part;
}

/** Units since midnight. */
export function parseTimeOfDay(text: string, unit: TimeUnit): bigint | null {
  const match = /^(\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const ms = parseInstant(`1970-01-01T${match[1]}.000Z`);
  const part = parseFraction(match[2] ?? "", unit);
  if (ms === null || part === null) return null;
  return BigInt(ms / 1000) * 10n ** BigInt(digitsOf[unit]) + part;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`, or of a year with a sign and six digits. */
export function parseDate(text: string): number | null {
  const ms = /^(?:[+-]\d{6}|\d{4})-\d\d-\d\d$/.test(text) ? parseInstant(`${text}T00:00:00.000Z`) : null;
  return ms === null ? null : ms / msPerDay;
}

/** The 16 bytes of a UUID. */
export function parseUuid(text: string): Buffer | null {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return null;
  return Buffer.from(text.replaceAll("-", ""), "hex");
}

const durationPattern =
  /^P(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$/;

/** The 12 bytes of a duration: months, days and milliseconds, little-endian, 32 bits each. */
export function parseDuration(text: string): Buffer | null {
  const match = durationPattern.exec(text);
  if (match === null) return null;
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1, 8)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number];
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number((match[8] ?? "").padEnd(3, "0"));
  const counts = [years * 12 + months, weeks * 7 + days, ms];
  if (counts.some((count) => count > 0xffff_ffff)) return null;
  const bytes = Buffer.alloc(12);
  for (const [index, count] of counts.entries()) bytes.writeUInt32LE(count, 4 * index);
  return bytes;
}

/** Milliseconds of a text as Date prints it; null for a day or an hour that there is not. */
function parseInstant(text: string): number | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || date.toISOString() !== text ? null : date.getTime();
}

/** Digits beyond the unit's may only be zeros. */
function parseFraction(text: string, unit: TimeUnit): bigint | null {
  const digits = digitsOf[unit];
  if (/[1-9]/.test(text.slice(digits))) return null;
  return BigInt(text.slice(0, digits).padEnd(digits, "0"));
}
