/**
 * The supervisor's hands for rules: brings those on X to what is wanted, or sees that there are any, and says what
 * came of it as an event of the machine.
 */
import type { Log } from "../telemetry/log.ts";
import { XError, type XErrorCode } from "./error.ts";
import type { XFailure } from "./failure.ts";
import { readProblem } from "./problem.ts";
import { listRules, reconcileRules } from "./reconcile-rules.ts";
import type { RuleSpec } from "./rule-plan.ts";
import type { SupervisorEvent } from "./supervisor.ts";
import type { XApi } from "./twitter-api.ts";

export interface KeepRulesOptions {
  readonly api: XApi;
  /** Empty: the rules that are there, whoever made them. */
  readonly rules: readonly RuleSpec[];
  readonly log: Log;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Answers `reconciled`, `refused` when a call failed, or `impossible` when no call would help. */
export async function keepRules({ api, rules, ...calls }: KeepRulesOptions): Promise<SupervisorEvent> {
  let failure: XFailure | undefined;
  // Whether waiting helps is decided on what the call met, not on the error that it became.
  const watched: XApi = {
    ...api,
    async call(call) {
      const answer = await api.call(call);
      failure = answer.kind === "failed" ? answer.failure : undefined;
      return answer;
    },
  };
  const options = { ...calls, api: watched };
  try {
    const total =
      rules.length === 0
        ? (await listRules(options)).length
        : (await reconcileRules({ ...options, desired: rules })).total;
    return total > 0 ? { kind: "reconciled" } : { kind: "impossible", error: noRules(api.url) };
  } catch (error) {
    if (failure !== undefined && !isAnswer(error)) return { kind: "refused", failure };
    if (error instanceof XError && error.retriable) return { kind: "refused", failure: passing(error) };
    if (error instanceof XError) return { kind: "impossible", error };
    throw error;
  }
}

/** What X says of the rules themselves, though a call on the side may have failed. */
function isAnswer(error: unknown): boolean {
  const codes: readonly XErrorCode[] = ["x-invalid-rule", "x-rule-cap", "x-unexpected-answer"];
  return error instanceof XError && codes.includes(error.code);
}

/** An answer that was good as a call and not in what it said. */
function passing({ message }: XError): XFailure {
  const problem = readProblem({ detail: message });
  return { kind: "http", status: 503, problem, resetInMs: null, retryAfterMs: null };
}

function noRules(url: string): XError {
  return new XError("x-no-rules", `there is no rule on X at ${url}, so nothing would be sent`, {
    details: { url },
  });
}
