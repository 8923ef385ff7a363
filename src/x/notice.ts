/**
 * What a notice in the stream asks of us. Spec: X API v2 "operational-disconnect" and the other problems; X closes
 * after a notice that it disconnects, or should have.
 */
import { classifyFailure, type XFailure } from "./failure.ts";
import { describeProblem, type Problem } from "./problem.ts";

export type NoticeMeaning =
  /** About one thing that could not be shown: the stream goes on. */
  | { readonly kind: "passing" }
  /** The connection is over. With the failure that the next connect would meet, where trying at once is no use. */
  | { readonly kind: "disconnect"; readonly reason: string; readonly failure: XFailure | null };

const passingTypes = new Set([
  ...["resource-not-found", "resource-unavailable", "disallowed-resource", "field-hydration-failure"],
  ...["not-authorized-for-resource", "not-authorized-for-field", "field-unauthorized"],
]);

/** As the answers of a refused connect would put it. */
const statusOfType: Readonly<Record<string, number>> = {
  "rate-limit-exceeded": 429,
  "client-forbidden": 403,
  "unsupported-authentication": 403,
  "noncompliant-rules": 409,
  "invalid-rules": 409,
};

/** Statuses of refusals; a problem may name another that says nothing here. */
const refusals = new Set([401, 402, 403, 409, 429, 500, 502, 503, 504]);

const statusOfDisconnect: Readonly<Record<string, number>> = {
  // X stopped sending because of our rules: they are looked after before the next connect.
  InvalidRules: 409,
  // Something is wrong with the app, and X needs time or will say what when it is asked again.
  ClientApplicationStateDegraded: 503,
};

export function readNoticeMeaning(problem: Problem): NoticeMeaning {
  if (passingTypes.has(problem.type)) return { kind: "passing" };
  const named = refusals.has(problem.status) ? problem.status : 200;
  const status = statusOfDisconnect[problem.disconnectType] ?? statusOfType[problem.type] ?? named;
  const failure: XFailure = { kind: "http", status, problem, resetInMs: null, retryAfterMs: null };
  // Where only the status of a good answer is left, nothing forbids to connect again at once.
  const announces = status !== 200 || classifyFailure(failure) !== "server";
  return {
    kind: "disconnect",
    reason: `notice ${describeProblem(problem)}`,
    failure: announces ? failure : null,
  };
}
