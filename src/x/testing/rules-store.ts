/**
 * X's rules list as far as reconciling needs it: pages, duplicates, dry runs, a cap, and refusals on demand.
 */
import type { StoredRule } from "../rule-plan.ts";
import type { RulesScript } from "./scripted-server.ts";

export interface RulesStore {
  readonly rules: StoredRule[];
  readonly answer: RulesScript;
}

export interface RulesStoreOptions {
  readonly rules?: readonly StoredRule[];
  readonly pageSize?: number;
  readonly cap?: number;
  /** Details of why X refuses a value; none when it takes it. */
  readonly refuse?: (value: string) => string[];
}

export function createRulesStore({
  rules: initial = [],
  pageSize = 1000,
  cap = 1000,
  refuse = () => [],
}: RulesStoreOptions = {}): RulesStore {
  const rules = [...initial];
  let nextId = 9000;

  const add = (asked: readonly { value: string; tag?: string }[], dryRun: boolean) => {
    const target = dryRun ? [...rules] : rules;
    const created: StoredRule[] = [];
    const errors: unknown[] = [];
    const problem = (name: string) => `https://api.twitter.com/2/problems/${name}`;
    for (const { value, tag = "" } of asked) {
      const twin = target.find((rule) => rule.value === value);
      const details = refuse(value);
      if (twin) errors.push({ value, id: twin.id, title: "DuplicateRule", type: problem("duplicate-rules") });
      else if (details.length > 0) {
        errors.push({ value, details, title: "UnprocessableEntity", type: problem("invalid-rules") });
      } else if (target.length >= cap) {
        errors.push({
          value,
          title: "RulesCapExceeded",
          detail: `the cap is ${cap}`,
          type: problem("rule-cap"),
        });
      } else {
        const rule = { id: `${nextId++}`, value, tag };
        target.push(rule);
        created.push(rule);
      }
    }
    const summary = {
      created: created.length,
      not_created: errors.length,
      valid: created.length,
      invalid: errors.length,
    };
    return {
      status: 201,
      body: {
        ...(created.length > 0 ? { data: created } : {}),
        meta: { sent: "2022-01-01T00:00:00.000Z", summary },
        ...(errors.length > 0 ? { errors } : {}),
      },
    };
  };

  return {
    rules,
    answer({ method, query, body }) {
      if (method === "GET") {
        const start = Number(query.get("pagination_token") ?? 0);
        const page = rules.slice(start, start + pageSize);
        const more = start + pageSize < rules.length ? { next_token: `${start + pageSize}` } : {};
        return {
          body: { ...(page.length > 0 ? { data: page } : {}), meta: { result_count: page.length, ...more } },
        };
      }
      const asked = body as { add?: { value: string; tag?: string }[]; delete?: { ids: string[] } };
      if (asked.add) return add(asked.add, query.get("dry_run") === "true");
      const ids = asked.delete?.ids ?? [];
      const before = rules.length;
      rules.splice(0, before, ...rules.filter(({ id }) => !ids.includes(id)));
      const deleted = before - rules.length;
      return { body: { meta: { summary: { deleted, not_deleted: ids.length - deleted } } } };
    },
  };
}
