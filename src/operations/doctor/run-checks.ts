/**
 * Many checks at once, each for a bounded time: a server that is down or silent takes nothing from the others.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Finding, Findings } from "./finding.ts";

export interface Check {
  /** Its findings are shown under this name where it fails as a whole. */
  readonly name: string;
  /** Rejects when it cannot go on; what it has found by then is kept. Should heed the signal. */
  run(findings: Findings, signal: AbortSignal): Promise<void>;
}

export interface Explained {
  readonly message: string;
  readonly exitCode: number;
  readonly remedy?: string | undefined;
}

export interface RunChecksOptions {
  readonly clock: Clock;
  /** For each check; all are begun at once. */
  readonly limitMs: number;
  /** Ends them all. */
  readonly signal: AbortSignal;
  /** What an error means to a person. */
  readonly explain: (error: unknown) => Explained;
  /** Exit code of a check that ran out of time. */
  readonly lateExitCode: number;
}

/** In the order of the checks, whichever was done first. Never rejects. */
export async function runChecks(checks: readonly Check[], options: RunChecksOptions): Promise<Finding[]> {
  const all = await Promise.all(checks.map((check) => runCheck(check, options)));
  return all.flat();
}

async function runCheck(
  check: Check,
  { clock, limitMs, signal, explain, lateExitCode }: RunChecksOptions,
): Promise<Finding[]> {
  const found: Finding[] = [];
  let isOver = false;
  const add = (finding: Finding) => {
    if (!isOver) found.push(finding);
  };
  const findings: Findings = {
    ok: (name, message) => add({ check: name, status: "ok", message }),
    warn: (name, message, remedy) => add({ check: name, status: "warn", message, remedy }),
    fail: (name, message, exitCode, remedy) =>
      add({ check: name, status: "fail", message, exitCode, remedy }),
  };
  const limit = new AbortController();
  const ended = AbortSignal.any([signal, limit.signal]);
  const late = new Promise<"late">((resolve) => {
    if (ended.aborted) resolve("late");
    ended.addEventListener("abort", () => resolve("late"), { once: true });
  });
  const cancel = clock.after(limitMs, () => limit.abort());
  try {
    const outcome = await Promise.race([check.run(findings, ended), late]);
    if (outcome === "late") {
      const message = signal.aborted ? "given up" : `no answer within ${limitMs / 1000} s`;
      findings.fail(check.name, message, lateExitCode);
    }
  } catch (error) {
    const { message, exitCode, remedy } = explain(error);
    findings.fail(check.name, message, exitCode, remedy);
  } finally {
    cancel();
    isOver = true;
  }
  return found;
}

/** Of the worst failure, which is the one with the highest code; 0 where none failed. */
export function exitCodeOfFindings(findings: readonly Finding[]): number {
  return Math.max(0, ...findings.map(({ status, exitCode = 1 }) => (status === "fail" ? exitCode : 0)));
}
