/**
 * What a failure means for the next step: wait by one of the back-off tables, end for good, or stop as was asked.
 */
import type { BackOffKind } from "./back-off.ts";
import type { FailureClass } from "./failure.ts";

export type Verdict = BackOffKind | "end" | "stop";

export interface Experience {
  /** Something answered at X's address before. */
  readonly everAnswered: boolean;
  /** Failures of each kind so far, without this one. */
  readonly failures: Readonly<Record<BackOffKind, number>>;
  readonly maxUnanswered: number;
  readonly maxRuleFailures: number;
}

export function verdictOf(kind: FailureClass, experience: Experience): Verdict {
  const { everAnswered, failures, maxUnanswered, maxRuleFailures } = experience;
  switch (kind) {
    case "aborted":
      return "stop";
    // At first the address is wrong or nothing runs there; later it is a network that comes back.
    case "unreachable":
    case "untrusted":
      return everAnswered ? "network" : "end";
    case "network":
    case "timeout":
      return everAnswered || failures.network + 1 < maxUnanswered ? "network" : "end";
    case "no-rules":
      return failures.rules < maxRuleFailures ? "rules" : "end";
    case "server":
    case "rate-limit":
    case "too-many-connections":
      return kind;
    case "usage-capped":
    case "credits-depleted":
    case "unauthorized":
    case "forbidden":
    case "invalid-request":
      return "end";
  }
}
