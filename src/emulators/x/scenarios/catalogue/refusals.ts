/**
 * How X refuses a connect, in each case the one that follows an end of the stream. Source: x-api facts 1.5, 3.3.
 */
import {
  invalidRequest,
  problemType,
  tooManyConnections,
  tooManyRequests,
  unauthorized,
  unsupportedAuthentication,
} from "../../problems.ts";
import type { ConnectStrike, Refusal, Scenario } from "../scenario.ts";

const html = (status: number, title: string): Pick<Refusal, "body" | "headers"> => ({
  body: `<!DOCTYPE html><html><head><title>${status} ${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  headers: { "content-type": "text/html; charset=utf-8", "api-version": null },
});

const forbidden = (reason: string): unknown => ({
  client_id: "29222222",
  detail:
    "When authenticating requests, you must use keys and tokens of an app that is attached to a Project.",
  registration_url: "https://developer.x.com/en/docs/projects/overview",
  title: "Client Forbidden",
  required_enrollment: "Appropriate Level of API Access",
  reason,
  type: problemType("client-forbidden"),
});

const serverErrors: Readonly<Record<number, string>> = {
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

const serverProblem = (status: number): Pick<Refusal, "status" | "body"> => ({
  status,
  body: {
    title: serverErrors[status] ?? "",
    detail: serverErrors[status] ?? "",
    type: "about:blank",
    status,
  },
});

function refusal(
  name: string,
  what: string,
  answer: Refusal,
  rest: { times?: number; exitCode?: number; source?: string } = {},
): Scenario {
  const { times = 1, exitCode, source = "1.5" } = rest;
  return connectScenario({ name, what, source }, { kind: "refuse", times, answer }, exitCode);
}

function connectScenario(
  about: Pick<Scenario, "name" | "what" | "source">,
  strike: ConnectStrike,
  exitCode?: number,
): Scenario {
  return {
    ...about,
    client: exitCode === undefined ? { kind: "recovers" } : { kind: "ends", exitCode },
    posts: "all of them settle",
    strikes: { on: "connect", strike },
  };
}

export const refusalScenarios: readonly Scenario[] = [
  connectScenario(
    { name: "no-headers", what: "X takes the connection and never answers", source: "3.3 row 16" },
    { kind: "stall", times: 1, half: false },
  ),
  connectScenario(
    {
      name: "half-headers",
      what: "X sends a status line and half a header, and no more",
      source: "3.3 row 16",
    },
    { kind: "stall", times: 1, half: true },
  ),
  connectScenario(
    {
      name: "slow-headers",
      what: "X takes 10 s to answer, and then there is a stream",
      source: "3.3 row 16",
    },
    { kind: "slow-head", times: 1, forMs: 10_000 },
  ),
  connectScenario(
    { name: "endless-error-body", what: "503 with a body that never ends", source: "3.3 row 16" },
    { kind: "endless-body", times: 1 },
  ),
  refusal(
    "redirect",
    "302 to another address, as a proxy or a login page answers",
    { status: 302, ...html(302, "Found"), headers: { ...html(302, "Found").headers, location: "/login" } },
    { source: "3.3 row 19" },
  ),
  refusal(
    "400-invalid-request",
    "400: X does not take a parameter of the request",
    invalidRequest([
      {
        message: "The query parameter [backfill_minutes] is not available at your access level",
        parameters: { backfill_minutes: ["2"] },
      },
    ]),
    { exitCode: 2 },
  ),
  refusal("401-unauthorized", "401: the token is not accepted any more", unauthorized, { exitCode: 5 }),
  refusal(
    "402-credits-depleted",
    "402: the account has no credits left",
    {
      status: 402,
      body: {
        title: "CreditsDepleted",
        detail: "Your enrolled account does not have any credits to fulfill this request.",
        type: problemType("credits"),
      },
    },
    { exitCode: 6 },
  ),
  refusal(
    "403-official-client-forbidden",
    "403: the app may not use this endpoint",
    { status: 403, body: forbidden("official-client-forbidden") },
    { exitCode: 5 },
  ),
  refusal(
    "403-client-not-enrolled",
    "403: the app is not attached to a project with access",
    { status: 403, body: forbidden("client-not-enrolled") },
    { exitCode: 5 },
  ),
  refusal(
    "403-unsupported-authentication",
    "403: the token is one of a user, not of an app",
    unsupportedAuthentication,
    { exitCode: 5 },
  ),
  connectScenario(
    {
      name: "409-no-rules",
      what: "409: someone deleted every rule while the client was away",
      source: "1.5",
    },
    { kind: "refuse-without-rules", times: 1 },
  ),
  refusal(
    "429-rate-limit",
    "429: too many connects, until x-rate-limit-reset in 90 s",
    { ...tooManyRequests, rateLimit: "spent" },
    { source: "1.5 row 429 a" },
  ),
  refusal(
    "429-rate-limit-without-reset",
    "429: too many connects, and no header says until when; twice",
    { ...tooManyRequests, rateLimit: "absent" },
    { source: "1.5 row 429 a", times: 2 },
  ),
  refusal(
    "429-rate-limit-past-reset",
    "429: too many connects, with a reset that was a minute ago; twice",
    { ...tooManyRequests, rateLimit: "past" },
    { source: "1.5 row 429 a", times: 2 },
  ),
  refusal(
    "429-rate-limit-clock-skew",
    "429: too many connects, from a server whose clock is an hour ahead",
    { ...tooManyRequests, rateLimit: "skewed" },
    { source: "1.5 row 429 a" },
  ),
  refusal(
    "429-too-many-connections",
    "429 TooManyConnections with rate budget left; twice",
    tooManyConnections,
    { source: "1.5 row 429 b", times: 2 },
  ),
  refusal(
    "429-too-many-connections-without-reset",
    "429 TooManyConnections without rate-limit headers",
    { ...tooManyConnections, rateLimit: "absent" },
    { source: "1.5 row 429 b" },
  ),
  refusal(
    "429-usage-cap",
    "429 UsageCapExceeded: the month's posts are used up",
    {
      status: 429,
      body: {
        title: "UsageCapExceeded",
        detail: "Usage cap exceeded: Monthly product cap",
        period: "Monthly",
        scope: "Product",
        account_id: 1234567890,
        product_name: "pay-per-use",
        type: problemType("usage-capped"),
      },
    },
    { source: "1.5 row 429 c", exitCode: 6 },
  ),
  refusal(
    "429-usage-cap-without-reset",
    "429 UsageCapExceeded without rate-limit headers",
    {
      status: 429,
      body: {
        title: "UsageCapExceeded",
        period: "Monthly",
        scope: "Product",
        type: problemType("usage-capped"),
      },
      rateLimit: "absent",
    },
    { source: "1.5 row 429 c", exitCode: 6 },
  ),
  ...[500, 502, 503, 504].map((status) =>
    refusal(`${status}`, `${status} as a problem object; twice`, serverProblem(status), { times: 2 }),
  ),
  ...[500, 502, 503, 504].map((status) =>
    refusal(`${status}-retry-after`, `${status} with Retry-After: 30`, {
      ...serverProblem(status),
      retryAfter: { seconds: 30, as: "seconds" },
    }),
  ),
  refusal("503-retry-after-date", "503 with a Retry-After that is a date, 30 s from now", {
    ...serverProblem(503),
    retryAfter: { seconds: 30, as: "date" },
  }),
  refusal(
    "503-html",
    "503 as a page of HTML; twice",
    { status: 503, ...html(503, "Over capacity") },
    { times: 2 },
  ),
];
