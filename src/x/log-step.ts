/**
 * What the log says of a step of the supervisor: what happened, and how long it waits for that.
 */
import type { Log } from "../telemetry/log.ts";
import { describeFailure } from "./failure.ts";
import type { SupervisorEvent, SupervisorState } from "./supervisor.ts";

/** Logs the step that `event` made to `state`. Quiet where nothing is worth a line. */
export function logStep(log: Log, event: SupervisorEvent, state: SupervisorState, nowMs: number): void {
  if (state.kind === "streaming") log.info("connected to X's stream");
  if (state.kind !== "waiting") return;
  const inMs = Math.max(0, Math.round(state.untilMs - nowMs));
  if (event.kind === "dropped") {
    log.warn("X's stream was cut; connecting again", { reason: event.reason, inMs });
  } else if (event.kind === "cleared") {
    const what = "X counts too many connections of this app; trying again";
    log.warn(what, { ended: event.killed, inMs });
  } else if (event.kind === "refused") {
    const reason = describeFailure(event.failure);
    if (state.reason === "backfill refused") {
      log.info("the access of this app has no backfill; connecting without", { reason });
    } else log.warn(whatFailed(event, state), { reason, inMs });
  }
}

function whatFailed(
  { failure }: Extract<SupervisorEvent, { kind: "refused" }>,
  { reason, next }: Extract<SupervisorState, { kind: "waiting" }>,
): string {
  if (reason === "no-rules") return "X has no rules for the stream any more; setting them again";
  const what = next === "reconcile" ? "a call about its rules" : "the stream";
  return `X ${failure.kind === "http" ? "refused" : "did not answer"} ${what}; trying again`;
}
