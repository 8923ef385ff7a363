/**
 * What the head of an answer says about time. Spec: X's `x-rate-limit-*` (a reset in seconds since the epoch), RFC 9110
 * `Retry-After` and `Date`. Moments are read against the answer's own `Date`, so that a wrong clock on either side
 * does not turn into a wrong wait.
 */
export type AnswerHead = Readonly<Record<string, unknown>>;

export interface AnswerTimes {
  /** Until X's rate window ends; negative when it has ended, null when X does not say. */
  readonly resetInMs: number | null;
  readonly retryAfterMs: number | null;
}

export function readTimes(head: AnswerHead, nowMs: number): AnswerTimes {
  const serverNowMs = readDateMs(head) ?? nowMs;
  const reset = Number(head["x-rate-limit-reset"] ?? Number.NaN);
  return {
    resetInMs: Number.isFinite(reset) && reset > 0 ? reset * 1000 - serverNowMs : null,
    retryAfterMs: readRetryAfterMs(head["retry-after"], serverNowMs),
  };
}

/** The answerer's clock, to the second; null where it does not tell. */
export function readDateMs(head: AnswerHead): number | null {
  return typeof head.date === "string" ? finiteOrNull(Date.parse(head.date)) : null;
}

export interface ConnectBudget {
  /** Connects that X allows in its window, and how many of them are left. */
  readonly limit: number;
  readonly remaining: number;
}

export function readBudget(head: AnswerHead): ConnectBudget | null {
  const limit = Number(head["x-rate-limit-limit"] ?? Number.NaN);
  const remaining = Number(head["x-rate-limit-remaining"] ?? Number.NaN);
  return Number.isFinite(limit) && Number.isFinite(remaining) ? { limit, remaining } : null;
}

function readRetryAfterMs(header: unknown, serverNowMs: number): number | null {
  if (typeof header !== "string") return null;
  const ms = finiteOrNull(/^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - serverNowMs);
  return ms === null ? null : Math.max(0, ms);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
