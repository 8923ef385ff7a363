/**
 * Refusals as replies, and answers that never come or never end.
 */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../../kernel/clock.ts";
import { headersOf, type Reply } from "../exchange.ts";
import type { WindowState } from "../rate-window.ts";
import type { HeaderChanges, Verdict } from "./faults.ts";
import type { Refusal } from "./scenario.ts";

const spentForMs = 90_000;
const agoMs = 60_000;
/** How far ahead a skewed clock is. */
const skewMs = 3_600_000;

export function toVerdict(answer: Refusal, clock: Clock): Verdict {
  const { status, body } = answer;
  return { kind: "reply", reply: { status, body }, headers: headersFor(answer, clock.now()) };
}

function headersFor({ headers = {}, rateLimit, retryAfter }: Refusal, nowMs: number): HeaderChanges {
  return {
    ...headers,
    ...(rateLimit === undefined ? {} : rateLimitHeaders[rateLimit](nowMs)),
    ...(retryAfter === undefined
      ? {}
      : {
          "retry-after":
            retryAfter.as === "seconds"
              ? String(retryAfter.seconds)
              : new Date(nowMs + retryAfter.seconds * 1000).toUTCString(),
        }),
  };
}

const resetAt = (ms: number): HeaderChanges => ({
  "x-rate-limit-remaining": "0",
  "x-rate-limit-reset": String(Math.ceil(ms / 1000)),
});

const rateLimitHeaders: Readonly<
  Record<NonNullable<Refusal["rateLimit"]>, (nowMs: number) => HeaderChanges>
> = {
  spent: (nowMs) => resetAt(nowMs + spentForMs),
  past: (nowMs) => resetAt(nowMs - agoMs),
  skewed: (nowMs) => ({
    ...resetAt(nowMs + skewMs + spentForMs),
    date: new Date(nowMs + skewMs).toUTCString(),
  }),
  absent: () => ({ "x-rate-limit-limit": null, "x-rate-limit-remaining": null, "x-rate-limit-reset": null }),
};

/** The first part of a head, and no more. */
export function sendHalfHead({ socket }: ServerResponse): void {
  socket?.write("HTTP/1.1 200 OK\r\ncontent-type: application/js");
}

const drippingMs = 1000;

/** A problem that begins and never ends; stops with the connection. */
export function dripBody(response: ServerResponse, window: WindowState, clock: Clock): void {
  response.writeHead(503, { ...headersOf(window), connection: "close" });
  response.write('{"title":"Service Unavailable","detail":"');
  let cancel = () => {};
  const drip = () => {
    response.write(".");
    cancel = clock.after(drippingMs, drip);
  };
  cancel = clock.after(drippingMs, drip);
  response.once("close", () => cancel());
}

/** The reply to an addition of rules with one rule, or all, refused after all. */
export function refuseRules(
  reply: Reply,
  refused: readonly Readonly<Record<string, unknown>>[],
  kept: readonly unknown[],
): Reply {
  const body = reply.body as { meta: { sent: string }; errors?: readonly unknown[] };
  const errors = [...(body.errors ?? []), ...refused];
  const summary = {
    created: kept.length,
    not_created: errors.length,
    valid: kept.length,
    invalid: errors.length,
  };
  return {
    status: kept.length > 0 ? 201 : 200,
    body: { ...(kept.length === 0 ? {} : { data: kept }), meta: { ...body.meta, summary }, errors },
  };
}
