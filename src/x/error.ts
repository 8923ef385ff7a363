/**
 * What X can refuse or fail at, as codes that callers decide on.
 */
import { BirdwireError } from "../kernel/error.ts";

export const xErrorCodes = [
  /** The address given for X is not an http or https URL. */
  "x-invalid-url",
  /** Nothing answers at the address: refused, no route, no such host. */
  "x-unreachable",
  /** The TLS certificate of the address is not trusted. */
  "x-untrusted",
  /** X took the request and did not answer in time, or closed without an answer. */
  "x-timeout",
  /** 401: the bearer token is not accepted. */
  "x-unauthorized",
  /** 403: the token's app has no access to the filtered stream. */
  "x-forbidden",
  /** 402: no credits are left. */
  "x-credits-depleted",
  /** 429 UsageCapExceeded: the plan's posts of this period are used up. */
  "x-usage-capped",
  /** 429 of another kind, where waiting helps. */
  "x-rate-limited",
  /** 5xx, or an answer that a proxy gave. */
  "x-unavailable",
  /** 400 and other 4xx: the request itself is wrong. */
  "x-invalid-request",
  /** There is no rule on X, so the stream has nothing to send. */
  "x-no-rules",
  /** X refuses a rule; `details` has tag, value and problems with positions. */
  "x-invalid-rule",
  /** There are more rules than the plan allows. */
  "x-rule-cap",
  /** An answer that the API's specification does not have. */
  "x-unexpected-answer",
] as const;
export type XErrorCode = (typeof xErrorCodes)[number];
export class XError extends BirdwireError<XErrorCode> {}
