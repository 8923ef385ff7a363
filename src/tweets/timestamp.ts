/**
 * Times as X writes them: ISO 8601 with a zone, on a day that there is.
 */
const form =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export function isTimestamp(text: string): boolean {
  return parseTimestampMs(text) !== null;
}

/** Milliseconds since the epoch; null for what is no such time. */
export function parseTimestampMs(text: string): number | null {
  const ms = parseUsualMs(text);
  if (ms !== null) return ms;
  if (!form.test(text)) return null;
  const day = Number(text.slice(8, 10));
  if (day > 28 && day > daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)))) return null;
  return Date.parse(text);
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const usualLength = "2026-01-31T23:59:59.000Z".length;

/**
 * The one form that X writes, by its characters: an expression and `Date.parse` take as long as all else that is read
 * of a post. Null for any other form and for what lies at its edges, which the expression decides.
 */
function parseUsualMs(text: string): number | null {
  if (text.length !== usualLength || text.charCodeAt(23) !== 0x5a || text.charCodeAt(10) !== 0x54)
    return null;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(19) !== 0x2e) return null;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return null;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const millis = two(text, 20) * 10 + digit(text, 22);
  // Date.UTC takes years below 100 for those of a century.
  const isDay = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
  const isTime = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
  if (!isDay || !isTime || millis < 0) return null;
  return dayOf(year, month, day) * 86_400_000 + (hour * 3600 + minute * 60 + second) * 1000 + millis;
}

/** Days since 1970-01-01, of a year from 1970 on: what Date.UTC counts, for a tenth of its time. */
function dayOf(year: number, month: number, day: number): number {
  // Counted from March, a leap day is the last of its year, and the months before it have a regular pattern.
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + Math.floor((months * 153 + 2) / 5) + day - 719_469;
}

function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

/** What is no digit is so far below zero that every number it is a part of is, too. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : -100_000;
}
