/**
 * A request of twitter-api-v2's within bounds. The library has no deadline of its own, and some of its promises stay
 * open for ever (an error body that never ends), so the bounds settle by themselves and the agent takes the socket
 * down. A refusal whose head has come is one, whatever becomes of its body.
 */
import type { Agent, IncomingMessage } from "node:http";
import type { Clock } from "../kernel/clock.ts";
import { afterInput } from "./after-input.ts";

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "thrown"; readonly error: unknown }
  /** The head of a refusal, with as much of its body as came; `text` is cut at `maxBodyBytes`. */
  | { readonly kind: "refused"; readonly response: IncomingMessage; readonly text: string }
  | { readonly kind: "timeout"; readonly waitedMs: number }
  | { readonly kind: "aborted" };

export interface Bounds {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The library's own hook for what happens to a request. */
export type RequestWatch = (name: string, data: unknown) => void;

/** How long the body of a refusal may take; what it says is short. */
const bodyLimitMs = 10_000;
const maxBodyBytes = 64 * 1024;

export function withinBounds<T>(
  work: (watch: RequestWatch) => Promise<T>,
  { agent, clock, deadlineMs, signal }: Bounds,
): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ kind: "aborted" });
    let refusal: { readonly response: IncomingMessage; readonly chunks: Buffer[] } | null = null;
    let cancelBodyTimer = () => {};
    let settled = false;
    const settle = (outcome: Outcome<T>) => {
      settled = true;
      cancelTimer();
      cancelBodyTimer();
      signal?.removeEventListener("abort", onAbort);
      if (outcome.kind !== "done") agent.destroy();
      resolve(outcome);
    };
    const onAbort = () => settle({ kind: "aborted" });
    const giveUp = () => {
      if (settled) return;
      if (refusal === null) return settle({ kind: "timeout", waitedMs: deadlineMs });
      const { response, chunks } = refusal;
      settle({ kind: "refused", response, text: Buffer.concat(chunks).toString() });
    };
    const cancelTimer = clock.after(deadlineMs, () => afterInput(giveUp));
    signal?.addEventListener("abort", onAbort, { once: true });

    const onResponse = (response: IncomingMessage) => {
      if ((response.statusCode ?? 0) < 400) return;
      const chunks: Buffer[] = [];
      let bytes = 0;
      refusal = { response, chunks };
      cancelBodyTimer = clock.after(bodyLimitMs, giveUp);
      response.on("data", (chunk: Buffer) => {
        if (bytes >= maxBodyBytes) return;
        chunks.push(chunk.subarray(0, maxBodyBytes - bytes));
        bytes += chunk.length;
        if (bytes >= maxBodyBytes) giveUp();
      });
    };
    const watch: RequestWatch = (name, data) => {
      if (name === "response") onResponse((data as { res: IncomingMessage }).res);
    };
    work(watch).then(
      (value) => settle({ kind: "done", value }),
      (error: unknown) => settle({ kind: "thrown", error }),
    );
  });
}
