/**
 * `GET /2/usage/tweets`: posts read this month and by day. Shape: OpenAPI 2.167 `Usage`; numbers that may be large are
 * text. What comes without being asked for is what the docs' example shows.
 */
import type { XApp } from "../app.ts";
import { checkNames, readInteger, readList } from "../check-query.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";

const fields = [
  "cap_reset_day",
  "daily_client_app_usage",
  "daily_project_usage",
  "project_cap",
  "project_id",
  "project_usage",
] as const;
const defaults: readonly string[] = ["cap_reset_day", "project_cap", "project_id", "project_usage"];
const defaultDays = 7;

export function getUsage({ usage, id }: XApp, { query }: Exchange): Reply {
  const problems = checkNames(query, ["days", "usage.fields"]);
  const days = readInteger(query, "days", { min: 1, max: 90 }, problems) ?? defaultDays;
  const asked = readList(query, "usage.fields", fields, problems) ?? [];
  if (problems.length > 0) return invalidRequest(problems);
  const daily = usage.history(days).map(({ date, posts }) => ({ date, usage: String(posts) }));
  const data: Readonly<Record<(typeof fields)[number], unknown>> = {
    cap_reset_day: usage.daysToReset,
    daily_client_app_usage: [{ client_app_id: id, usage: daily, usage_result_count: daily.length }],
    daily_project_usage: { project_id: id, usage: daily },
    // [unv] what an app without a cap is told.
    project_cap: String(usage.cap ?? Number.MAX_SAFE_INTEGER),
    project_id: id,
    project_usage: String(usage.posts),
  };
  const wanted = fields.filter((name) => defaults.includes(name) || asked.includes(name));
  return { status: 200, body: { data: Object.fromEntries(wanted.map((name) => [name, data[name]])) } };
}
