/**
 * Why a request to X got no good answer, and what kind of failure that is. X's status codes alone don't tell:
 * three kinds of 429 differ only in their bodies.
 */
import { describeCause } from "../kernel/error.ts";
import { isJsonObject } from "../kernel/json.ts";
import { XError, type XErrorCode } from "./error.ts";
import { describeProblem, type Problem } from "./problem.ts";

export type XFailure =
  /** No answer: the connection could not be made, or broke first. */
  | { readonly kind: "network"; readonly cause: unknown }
  | { readonly kind: "timeout"; readonly waitedMs: number }
  /** The caller's signal. */
  | { readonly kind: "aborted" }
  | {
      readonly kind: "http";
      readonly status: number;
      readonly problem: Problem;
      /** Until X's rate window ends; negative when it has ended, null when X does not say. */
      readonly resetInMs: number | null;
      readonly retryAfterMs: number | null;
    };

export const failureClasses = [
  "unreachable",
  "untrusted",
  "network",
  "timeout",
  "server",
  "rate-limit",
  "too-many-connections",
  "usage-capped",
  "credits-depleted",
  "unauthorized",
  "forbidden",
  "no-rules",
  "invalid-request",
  "aborted",
] as const;
export type FailureClass = (typeof failureClasses)[number];

const unreachableCodes = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"],
  // EPROTO: TLS spoken to a port that does not.
  ...["ETIMEDOUT", "EADDRNOTAVAIL", "EPROTO"],
]);

const untrustedCodes =
  /^(CERT_|ERR_TLS_CERT|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(VERIFY|GET)|HOSTNAME_MISMATCH|INVALID_CA)/;

export function classifyFailure(failure: XFailure): FailureClass {
  switch (failure.kind) {
    case "aborted":
      return "aborted";
    case "timeout":
      return "timeout";
    case "network": {
      const code = causeCodeOf(failure.cause);
      if (unreachableCodes.has(code)) return "unreachable";
      return untrustedCodes.test(code) ? "untrusted" : "network";
    }
    case "http":
      return classifyHttp(failure.status, failure.problem);
  }
}

function classifyHttp(status: number, { title, type, connectionIssue }: Problem): FailureClass {
  if (type === "usage-capped" || title === "UsageCapExceeded") return "usage-capped";
  if (title === "CreditsDepleted") return "credits-depleted";
  switch (connectionIssue) {
    case "TooManyConnections":
      return "too-many-connections";
    case "RuleConfigurationIssue":
    case "RulesInvalidIssue":
      return "no-rules";
    case "ProvisioningSubscription":
      return "server";
  }
  switch (status) {
    case 401:
      return "unauthorized";
    case 402:
      return "credits-depleted";
    case 403:
      return "forbidden";
    case 409:
      return "no-rules";
    case 420:
    case 429:
      return "rate-limit";
    case 408:
    case 425:
      return "server";
    default:
      // A redirect is a proxy's or a login page's: X has none here.
      return status >= 400 && status < 500 ? "invalid-request" : "server";
  }
}

const codeOf: Readonly<Record<FailureClass, XErrorCode>> = {
  unreachable: "x-unreachable",
  untrusted: "x-untrusted",
  network: "x-timeout",
  timeout: "x-timeout",
  server: "x-unavailable",
  "rate-limit": "x-rate-limited",
  "too-many-connections": "x-rate-limited",
  "usage-capped": "x-usage-capped",
  "credits-depleted": "x-credits-depleted",
  unauthorized: "x-unauthorized",
  forbidden: "x-forbidden",
  "no-rules": "x-no-rules",
  "invalid-request": "x-invalid-request",
  aborted: "x-timeout",
};

const retriable = new Set<FailureClass>([
  "network",
  "timeout",
  "server",
  "rate-limit",
  "too-many-connections",
]);

/** The error for a failure that ends things. `url` is X's address without credentials, `what` the thing asked for. */
export function toXError(failure: XFailure, { url, what }: { url: string; what: string }): XError {
  const kind = classifyFailure(failure);
  return new XError(codeOf[kind], `${openings[kind](url, what)}: ${describeFailure(failure)}`, {
    retriable: retriable.has(kind),
    details: {
      url,
      what,
      ...(failure.kind === "http" ? { status: failure.status, type: failure.problem.type } : {}),
    },
    ...(failure.kind === "network" ? { cause: failure.cause } : {}),
  });
}

const openings: Readonly<Record<FailureClass, (url: string, what: string) => string>> = {
  unreachable: (url) => `X cannot be reached at ${url}`,
  untrusted: (url) => `the TLS certificate of ${url} is not trusted`,
  network: (url, what) => `the connection to X at ${url} broke before ${what} was answered`,
  timeout: (url, what) => `X at ${url} did not answer ${what} in time`,
  server: (url, what) => `X at ${url} could not answer ${what}`,
  "rate-limit": (url, what) => `X at ${url} limits the rate of ${what}`,
  "too-many-connections": (url) => `X at ${url} has another connection of this app open`,
  "usage-capped": () => "the usage cap of this X project is reached",
  "credits-depleted": () => "this X account has no credits left",
  unauthorized: (url) => `X at ${url} does not accept the bearer token`,
  forbidden: (url) => `X at ${url} gives this app no access to the filtered stream`,
  "no-rules": (url) => `X at ${url} has no rule that it would send posts for`,
  "invalid-request": (url, what) => `X at ${url} refuses ${what}`,
  aborted: (url, what) => `${what} at ${url} was given up`,
};

/** What happened, for a log line: `429 ConnectionException TooManyConnections: ...`. */
export function describeFailure(failure: XFailure): string {
  switch (failure.kind) {
    case "aborted":
      return "stopped";
    case "timeout":
      return `no answer within ${failure.waitedMs} ms`;
    case "network":
      return describeCause(failure.cause);
    case "http":
      return `${failure.status} ${describeProblem(failure.problem)}`.trim();
  }
}

/** Node's code of a cause or of the first error inside it; several addresses tried make an AggregateError. */
function causeCodeOf(cause: unknown): string {
  if (!isJsonObject(cause)) return "";
  if (typeof cause.code === "string") return cause.code;
  return Array.isArray(cause.errors) ? causeCodeOf(cause.errors[0]) : "";
}
