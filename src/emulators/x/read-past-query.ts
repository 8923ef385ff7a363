/**
 * `backfill_minutes`, `start_time` and `end_time` of a stream's query. Source: x-api facts 1.2.
 *
 * [unv] that X wants both times, whole seconds, an end that is not ahead, and neither of them beside backfill; those are
 * the documented uses.
 */
import type { XApp } from "./app.ts";
import { backfillOf, recoveryOf, type Stretch } from "./catch-up.ts";
import { invalid, readInteger } from "./check-query.ts";
import type { InvalidParameter } from "./problems.ts";

export const pastParameters = ["backfill_minutes", "start_time", "end_time"] as const;

export type PastQuery =
  | { readonly kind: "none" }
  | ({ readonly kind: "backfill" } & Stretch)
  | ({ readonly kind: "recovery" } & Stretch);

const hoursMs = 24 * 3_600_000;
const none = { kind: "none" } as const;

/** What is wrong goes to `problems`. */
export function readPastQuery(
  { limits, past, clock }: Pick<XApp, "limits" | "past" | "clock">,
  query: URLSearchParams,
  problems: InvalidParameter[],
): PastQuery {
  const minutes = readInteger(query, "backfill_minutes", { min: 0, max: 5 }, problems);
  const allowed = { backfill_minutes: limits.backfill, start_time: limits.recoveryJobs > 0 };
  const refused = pastParameters.filter(
    (name) =>
      query.has(name) && !(name === "backfill_minutes" ? allowed.backfill_minutes : allowed.start_time),
  );
  for (const name of refused) {
    const message = `The query parameter [${name}] is not available at your access level`;
    problems.push(invalid(name, query.getAll(name), message));
  }
  if (refused.length > 0 || past === null) return none;
  const now = clock.now();
  const start = readTime(query, "start_time", problems);
  const end = readTime(query, "end_time", problems);
  if (start === null && end === null) {
    return minutes === undefined || minutes === 0
      ? none
      : { kind: "backfill", ...backfillOf(past, now, minutes) };
  }
  const refuse = (name: (typeof pastParameters)[number], message: string) => {
    problems.push(invalid(name, query.getAll(name), message));
    return none;
  };
  if (start === null) return refuse("end_time", "'end_time' needs a 'start_time'");
  if (end === null) return refuse("start_time", "'start_time' needs an 'end_time'");
  if (Number.isNaN(start) || Number.isNaN(end)) return none;
  if (minutes !== undefined)
    return refuse("backfill_minutes", "'backfill_minutes' does not go with 'start_time'");
  if (start >= end) return refuse("start_time", "'start_time' must be before 'end_time'");
  if (end > now) return refuse("end_time", "'end_time' must not be in the future");
  if (start < now - hoursMs) return refuse("start_time", "'start_time' must be within the last 24 hours");
  return { kind: "recovery", ...recoveryOf(past, start, end) };
}

/** null: not there; NaN: not a time, which is told. */
function readTime(
  query: URLSearchParams,
  name: "start_time" | "end_time",
  problems: InvalidParameter[],
): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const timeMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    problems.push(
      invalid(name, [text], `Invalid '${name}':'${text}'. '${name}' must be YYYY-MM-DDTHH:mm:ssZ`),
    );
  }
  return timeMs;
}
