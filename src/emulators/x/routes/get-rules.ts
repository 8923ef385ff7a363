/**
 * `GET /2/tweets/search/stream/rules`: the rules, by id or in pages; `data` is absent when there are none.
 * Source: x-api facts 1.6.
 */
import type { XApp } from "../app.ts";
import { checkNames, invalid, readInteger } from "../check-query.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";
import type { ActiveRule } from "../rule-store.ts";

const maxIds = 1000;
const tokenChars = 16;

export function getRules({ rules, clock }: XApp, { query }: Exchange): Reply {
  const problems = checkNames(query, ["ids", "max_results", "pagination_token"]);
  const maxResults = readInteger(query, "max_results", { min: 1, max: 1000 }, problems) ?? 1000;
  const ids = query.get("ids")?.split(",");
  if (ids !== undefined && (ids.length > maxIds || ids.some((id) => !/^[0-9]{1,19}$/.test(id)))) {
    problems.push(
      invalid("ids", ids.slice(0, maxIds), `The \`ids\` query parameter must hold 1 to ${maxIds} rule ids`),
    );
  }
  const token = query.get("pagination_token");
  const start = token === null ? 0 : decodeToken(token);
  if (start === null) {
    problems.push(invalid("pagination_token", [token ?? ""], `Invalid 'pagination_token':'${token}'`));
  }
  if (problems.length > 0 || start === null) return invalidRequest(problems);

  const found = rules.rules.filter(({ id }) => ids === undefined || ids.includes(id));
  const page = found.slice(start, start + maxResults);
  const next = start + page.length < found.length ? { next_token: encodeToken(start + page.length) } : {};
  return {
    status: 200,
    body: {
      ...(page.length === 0 ? {} : { data: page.map(printRule) }),
      meta: { sent: new Date(clock.now()).toISOString(), result_count: page.length, ...next },
    },
  };
}

function printRule({ id, value, tag }: ActiveRule) {
  return { id, value, ...(tag === undefined ? {} : { tag }) };
}

function encodeToken(start: number): string {
  return `r${start}`.padEnd(tokenChars, "z");
}

function decodeToken(token: string): number | null {
  const digits = token.length === tokenChars ? /^r([0-9]+)z*$/.exec(token)?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}
