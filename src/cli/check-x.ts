/**
 * `birdwire doctor`'s look at X: the token, the access of its app, rules, open streams, and the clock.
 */
import { BirdwireError } from "../kernel/error.ts";
import type { Findings } from "../operations/doctor/finding.ts";
import type { Check } from "../operations/doctor/run-checks.ts";
import type { XProbe } from "../x/probe.ts";
import { exitCodes } from "./exit-codes.ts";

export interface XCheckOptions {
  readonly url: string;
  /** Reads it where it is kept; null where there is none. */
  readonly readToken: () => Promise<string | null>;
  readonly nowMs: () => number;
}

/** From here on a budget's days and X's rate windows are another's. */
const clockWarnMs = 5_000;
const clockFailMs = 5 * 60_000;
/** The Enterprise plan has this many rules and more, and backfill; others have a thousand or less. */
const enterpriseRules = 25_000;

export function createXCheck({ url, readToken, nowMs }: XCheckOptions): Check {
  return {
    name: "x",
    async run(findings, signal) {
      const token = await readToken();
      if (token === null) {
        const remedy = "set X_BEARER_TOKEN, or X_BEARER_TOKEN_FILE to a file that holds it";
        findings.fail("x token", "there is none", exitCodes.usage, remedy);
        return;
      }
      const { probeX } = await import("../x/probe.ts");
      let probe: XProbe;
      try {
        probe = await probeX({ url, token, nowMs, signal });
      } catch (error) {
        if (error instanceof BirdwireError && error.code === "x-unauthorized") {
          findings.fail(
            "x token",
            error.message,
            exitCodes.refused,
            "take a new one from X's developer portal",
          );
          return;
        }
        throw error;
      }
      findings.ok("x token", `${url} takes it`);
      tellAccess(probe, findings);
      tellRules(probe, findings);
      tellStreams(probe, findings);
      tellClock(probe, findings);
    },
  };
}

function tellAccess({ ruleCap, accessLevel, rateLimit }: XProbe, findings: Findings): void {
  const parts = [
    accessLevel === null ? null : `level ${accessLevel}`,
    ruleCap === null ? null : `up to ${ruleCap} rules`,
    ruleCap === null ? null : ruleCap >= enterpriseRules ? "backfill of 5 minutes" : "no backfill",
    rateLimit === null ? null : `${rateLimit.remaining} of ${rateLimit.limit} calls left in this window`,
  ].filter((part) => part !== null);
  const message = parts.length === 0 ? "X does not say what this app may do" : parts.join(", ");
  if (rateLimit !== null && rateLimit.remaining === 0) {
    findings.warn("x access", message, "other programs of this app ask X as well; wait for 15 minutes");
  } else findings.ok("x access", message);
}

function tellRules({ rules: { total, ours }, ruleCap }: XProbe, findings: Findings): void {
  if (total === 0) {
    findings.warn("x rules", "there are none: nothing would be sent", "`birdwire produce --rule TAG=VALUE`");
    return;
  }
  const foreign = total - ours;
  const others = foreign === 0 ? "" : `; ${foreign} of others, whose posts come too and are billed`;
  const message = `${ours} of ours${others}`;
  if (ruleCap !== null && total >= ruleCap) {
    findings.warn("x rules", `${message}; there is room for no more`, "remove rules that nobody needs");
  } else findings.ok("x rules", message);
}

function tellStreams({ openStreams, ruleCap }: XProbe, findings: Findings): void {
  if (openStreams === null) return;
  const most = ruleCap !== null && ruleCap >= enterpriseRules ? 2 : 1;
  if (openStreams < most) findings.ok("x streams", `${openStreams} of ${most} open`);
  else {
    findings.warn(
      "x streams",
      `${openStreams} of ${most} open: another one would be refused`,
      "a producer runs, or X has not noticed yet that one has ended",
    );
  }
}

function tellClock({ clockAheadMs }: XProbe, findings: Findings): void {
  if (clockAheadMs === null) return;
  const seconds = Math.abs(clockAheadMs) / 1000;
  const message = `this machine's is ${seconds.toFixed(1)} s ${clockAheadMs > 0 ? "behind" : "ahead of"} X's`;
  const remedy = "let it be set by NTP: budgets go by the UTC day, and X's waits by its clock";
  if (seconds * 1000 > clockFailMs) findings.fail("clock", message, exitCodes.unexpected, remedy);
  else if (seconds * 1000 > clockWarnMs) findings.warn("clock", message, remedy);
  else findings.ok("clock", message);
}
