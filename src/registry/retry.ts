/**
 * When a request to a registry is sent again, and how long is waited first.
 *
 * Everything may be sent twice but a deletion. Reads change nothing; a level or mode that is set twice is set; and to
 * register is idempotent by content: the same schema under the same subject has its old id and makes no version. A
 * deletion whose answer was lost would be answered with "deleted already" the second time, so it is repeated only when
 * it surely was not carried out.
 */
import type { Method } from "./exchange.ts";

/** RFC 9110, RFC 8470, RFC 6585. */
export function isRetriableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

const neverConnected = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];
/** Refused before anything was done. */
const refusedUnseen = [425, 429];

export interface FailedAttempt {
  readonly method: Method;
  /** Null: there was no answer. */
  readonly status: number | null;
  /** What Node says of the connection; empty without. */
  readonly systemCode: string;
}

export function mayRepeat({ method, status, systemCode }: FailedAttempt): boolean {
  if (method !== "DELETE") return true;
  return status === null ? neverConnected.includes(systemCode) : refusedUnseen.includes(status);
}

const firstWaitMs = 100;
const longestWaitMs = 2000;

/** Before round 1, 2, ...: doubled each time, and somewhat less by chance, so that clients do not come together. */
export function backOffMs(round: number, random: () => number): number {
  const full = Math.min(longestWaitMs, firstWaitMs * 2 ** (round - 1));
  return full * (1 - random() / 2);
}

/** RFC 9110, 10.2.3: seconds, or a date. Zero for a text that is neither. */
export function parseRetryAfterMs(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - nowMs);
}
