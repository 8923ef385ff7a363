/**
 * Whole numbers and instants as ASCII.
 */

import { putWords } from "./program.ts";

/** `"2026-01-31T23:59:59.000Z"` */
export const timestampBytes = 26;

const digitZero = 0x30;
const dayMs = 86_400_000;
/** First and last day of the years of four digits. */
const firstMs = Date.parse("0000-01-01T00:00:00Z");
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");

/** Days whose date was printed, each in the place of its number's last bits, and the dates as two words each. */
const knownDays = 1024;
const days = new Float64Array(knownDays).fill(Number.NaN);
const dates = new Float64Array(2 * knownDays);

function printDate(day: number, slot: number): void {
  const date = `"${new Date(day * dayMs).toISOString().slice(0, 11)}`;
  putWords(Buffer.from(date), dates, 2 * slot);
  days[slot] = day;
}

/** Puts milliseconds since 1970 as ISO 8601 in quotes; false for a year of other than four digits, or no number. */
export function putTimestamp(view: DataView, at: number, ms: number): boolean {
  if (!(ms >= firstMs && ms <= lastMs)) return false;
  const day = Math.floor(ms / dayMs);
  const slot = day & (knownDays - 1);
  if (day !== days[slot]) printDate(day, slot);
  view.setFloat64(at, dates[2 * slot] as number, true);
  view.setFloat64(at + 8, dates[2 * slot + 1] as number, true);
  const rest = (ms - day * dayMs) | 0;
  const seconds = (rest / 1000) | 0;
  const minutes = (seconds / 60) | 0;
  putPair(view, at + 12, (minutes / 60) | 0);
  view.setUint8(at + 14, 0x3a);
  putPair(view, at + 15, minutes % 60);
  view.setUint8(at + 17, 0x3a);
  putPair(view, at + 18, seconds % 60);
  view.setUint8(at + 20, 0x2e);
  const millis = rest - seconds * 1000;
  const hundreds = (millis / 100) | 0;
  view.setUint8(at + 21, digitZero + hundreds);
  putPair(view, at + 22, millis - hundreds * 100);
  // Z and the quote.
  view.setUint16(at + 24, 0x225a, true);
  return true;
}

function putPair(view: DataView, at: number, value: number): void {
  const tens = (value / 10) | 0;
  view.setUint8(at, digitZero + tens);
  view.setUint8(at + 1, digitZero + value - tens * 10);
}

/** Puts the digits of a safe integer, -0 as 0; gives the end. */
export function putDigits(target: Uint8Array, at: number, value: number): number {
  let out = at;
  if (value < 0 || value > 999_999_999) {
    const text = String(value);
    for (let index = 0; index < text.length; index += 1) target[out++] = text.charCodeAt(index);
    return out;
  }
  let bound = 10;
  let digits = 1;
  for (; value >= bound; bound *= 10) digits += 1;
  let rest = value | 0;
  for (let pos = out + digits - 1; pos >= out; pos -= 1) {
    const tenth = (rest / 10) | 0;
    target[pos] = digitZero + rest - tenth * 10;
    rest = tenth;
  }
  return out + digits;
}
