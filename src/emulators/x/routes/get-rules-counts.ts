/**
 * `GET /2/tweets/search/stream/rules/counts`: how many rules there are, and may be. Source: x-api facts 1.6.
 */
import type { XApp } from "../app.ts";
import { checkNames } from "../check-query.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";

export function getRulesCounts({ id, rules, limits, clock }: XApp, { query }: Exchange): Reply {
  const problems = checkNames(query, ["rules_count.fields"]);
  if (problems.length > 0) return invalidRequest(problems);
  const count = { client_app_id: id, rule_count: rules.rules.length };
  return {
    status: 200,
    body: {
      data: {
        all_project_client_apps: [count],
        cap_per_client_app: limits.rules,
        cap_per_project: limits.rules,
        client_app_rules_count: count,
        project_rules_count: rules.rules.length,
      },
      meta: { sent: new Date(clock.now()).toISOString() },
    },
  };
}
