/**
 * `POST /2/tweets/search/stream/rules`: add or delete rules. What is wrong with one rule is an entry in `errors` of a
 * 2xx answer, and the others take effect, on open streams after the emulator's delay. Source: x-api facts 1.6.
 */
import { isJsonObject, type JsonObject } from "../../../kernel/json.ts";
import type { RuleNode } from "../../../rules/ast.ts";
import { parseRule } from "../../../rules/parse-rule.ts";
import { printProblem } from "../../../rules/problem.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { XApp } from "../app.ts";
import { checkNames, readFlag } from "../check-query.ts";
import { type Exchange, type Reply, readJsonBody } from "../exchange.ts";
import { invalidRequest, problemType } from "../problems.ts";
import type { NewRule, RuleName } from "../rule-store.ts";

interface AskedRule {
  readonly value: string;
  readonly tag?: string;
}

type Change =
  | { readonly kind: "add"; readonly rules: readonly AskedRule[] }
  | { readonly kind: "delete"; readonly targets: readonly RuleName[] }
  | { readonly kind: "refused"; readonly message: string; readonly values: readonly string[] };

export async function postRules(app: XApp, { request, query }: Exchange): Promise<Reply> {
  const problems = checkNames(query, ["dry_run", "delete_all"]);
  const dryRun = readFlag(query, "dry_run", problems);
  const deleteAll = readFlag(query, "delete_all", problems);
  const body = await readJsonBody(request);
  if (problems.length > 0) return invalidRequest(problems);
  if (body.kind === "refused") return body;
  const change = readChange(body.value, deleteAll, app);
  switch (change.kind) {
    case "refused":
      return invalidRequest([{ message: change.message, parameters: { body: change.values } }]);
    case "add":
      if (!dryRun) warnOf(app.log, change.rules);
      return addRules(app, change.rules, dryRun);
    case "delete":
      return deleteRules(app, change.targets, dryRun);
  }
}

function addRules({ rules, limits, clock }: XApp, added: readonly AskedRule[], dryRun: boolean): Reply {
  const created: NewRule[] = [];
  const errors: JsonObject[] = [];
  const idsOfThisCall = new Map<string, string>();
  for (const { value, tag } of added) {
    const judged = judgeRule(value, limits.ruleChars);
    const existing = rules.idOf({ value }) ?? idsOfThisCall.get(value);
    if (existing !== undefined) {
      errors.push({ value, id: existing, title: "DuplicateRule", type: problemType("duplicate-rules") });
    } else if ("details" in judged) {
      errors.push({
        value,
        details: judged.details,
        title: "UnprocessableEntity",
        type: problemType("invalid-rules"),
      });
    } else if (rules.rules.length + created.length >= limits.rules) {
      errors.push({
        value,
        detail: `Rules cap of ${limits.rules} reached`,
        title: "RulesCapExceeded",
        type: problemType("rule-cap"),
      });
    } else {
      const rule = { id: rules.nextId(), value, ...(tag === undefined ? {} : { tag }) };
      idsOfThisCall.set(value, rule.id);
      created.push({ rule, root: judged.root });
    }
  }
  if (!dryRun) rules.add(...created);
  const counted = {
    created: created.length,
    not_created: errors.length,
    valid: created.length,
    invalid: errors.length,
  };
  return {
    status: created.length > 0 ? 201 : 200,
    body: {
      ...(created.length === 0 ? {} : { data: created.map(({ rule }) => rule) }),
      meta: { sent: new Date(clock.now()).toISOString(), summary: counted },
      ...(errors.length === 0 ? {} : { errors }),
    },
  };
}

function judgeRule(value: string, maxChars: number): { root: RuleNode } | { details: string[] } {
  const parsed = parseRule(value, { maxChars });
  return parsed.kind === "rule" ? { root: parsed.root } : { details: parsed.problems.map(printProblem) };
}

/** Real operators that are not evaluated here are taken, and said to be so. */
function warnOf(log: Log, added: readonly { readonly value: string }[]): void {
  for (const { value } of added) {
    const parsed = parseRule(value);
    if (parsed.kind === "invalid") continue;
    for (const warning of parsed.warnings) log.warn(printProblem(warning), { rule: value });
  }
}

function deleteRules({ rules, clock }: XApp, targets: readonly RuleName[], dryRun: boolean): Reply {
  const errors: JsonObject[] = [];
  const found = new Set<string>();
  for (const target of targets) {
    const id = rules.idOf(target);
    if (id !== undefined && !found.has(id)) {
      found.add(id);
    } else {
      const named = "id" in target ? `rule id [${target.id}]` : `rule value [${target.value}]`;
      errors.push({
        errors: [{ message: `Rule does not exist: ${named}`, parameters: {} }],
        title: "Invalid Request",
        detail: "One or more parameters to your request was invalid.",
        type: problemType("invalid-request"),
      });
    }
  }
  if (!dryRun) rules.delete(...Array.from(found, (id) => ({ id })));
  return {
    status: 200,
    body: {
      meta: {
        sent: new Date(clock.now()).toISOString(),
        summary: { deleted: found.size, not_deleted: errors.length },
      },
      ...(errors.length === 0 ? {} : { errors }),
    },
  };
}

function readChange(body: unknown, deleteAll: boolean, { rules }: XApp): Change {
  if (!isJsonObject(body)) return { kind: "refused", message: "The body must be an object", values: [] };
  const names = Object.keys(body);
  if (deleteAll) {
    if (names.length > 0)
      return { kind: "refused", message: "delete_all takes an empty body", values: names };
    return { kind: "delete", targets: rules.rules.map(({ id }) => ({ id })) };
  }
  const unknown = names.filter((name) => name !== "add" && name !== "delete");
  if (unknown.length > 0 || names.length !== 1) {
    return { kind: "refused", message: "The body must hold exactly one of [add,delete]", values: names };
  }
  return body.add === undefined ? readDelete(body.delete) : readAdd(body.add);
}

function readAdd(add: unknown): Change {
  const refused = (message: string): Change => ({ kind: "refused", message, values: ["add"] });
  if (!Array.isArray(add) || add.length === 0) return refused("`add` must be a list of rules");
  const added: AskedRule[] = [];
  for (const rule of add as unknown[]) {
    if (!isJsonObject(rule) || typeof rule.value !== "string") return refused("a rule must have a `value`");
    if (Object.keys(rule).some((name) => name !== "value" && name !== "tag")) {
      return refused("a rule must hold nothing but [value,tag]");
    }
    if (rule.tag !== undefined && rule.tag !== null && typeof rule.tag !== "string") {
      return refused("a rule's `tag` must be a string");
    }
    added.push({ value: rule.value, ...(typeof rule.tag === "string" ? { tag: rule.tag } : {}) });
  }
  return { kind: "add", rules: added };
}

function readDelete(removed: unknown): Change {
  const refused = (message: string): Change => ({ kind: "refused", message, values: ["delete"] });
  if (!isJsonObject(removed)) return refused("`delete` must hold ids or values");
  const { ids = [], values = [], ...rest } = removed;
  const isTexts = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((entry) => typeof entry === "string");
  if (!isTexts(ids) || !isTexts(values) || Object.keys(rest).length > 0 || ids.length + values.length === 0) {
    return refused("`delete` must hold a list of ids or of values");
  }
  return { kind: "delete", targets: [...ids.map((id) => ({ id })), ...values.map((value) => ({ value }))] };
}
