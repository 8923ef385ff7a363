/**
 * What X answers when rules are added, for good or as a dry run: a 2xx says nothing there, only `meta.summary` and
 * `errors` do. Spec: X API v2, POST tweets/search/stream/rules; x-api facts 1.6.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { type ReportedProblem, readProblemText } from "../rules/problem.ts";
import { type Problem, readProblem } from "./problem.ts";
import type { RuleSpec } from "./rule-plan.ts";

export interface RefusedRule {
  readonly rule: RuleSpec;
  /** What is wrong with it, in X's words. */
  readonly problems: readonly ReportedProblem[];
}

export interface DuplicateRule {
  readonly rule: RuleSpec;
  /** Of the rule that is there; empty when X does not tell. */
  readonly id: string;
}

export interface AddAnswer {
  readonly added: readonly RuleSpec[];
  readonly duplicates: readonly DuplicateRule[];
  readonly refused: readonly RefusedRule[];
  /** There was no more room for these; `capDetail` is what X said. */
  readonly capped: readonly RuleSpec[];
  readonly capDetail: string;
  /** Not added for an error of X's own, which may pass. */
  readonly failed: readonly RefusedRule[];
  /** Neither added nor refused by what X says. */
  readonly unexplained: readonly RuleSpec[];
}

export function isRuleCap({ type, title }: Problem): boolean {
  return type === "rule-cap" || title === "RulesCapExceeded";
}

function isOwnError({ type, title, status }: Problem): boolean {
  return type === "internal-error" || title === "Internal Error" || status >= 500;
}

/** `sent` are the rules of the request; values in it differ from each other. */
export function readAddAnswer(answer: JsonObject, sent: readonly RuleSpec[]): AddAnswer {
  const left = new Map(sent.map((rule) => [rule.value, rule]));
  const take = (value: unknown): RuleSpec | undefined => {
    const rule = typeof value === "string" ? left.get(value) : undefined;
    if (rule !== undefined) left.delete(rule.value);
    return rule;
  };
  const duplicates: DuplicateRule[] = [];
  const refused: RefusedRule[] = [];
  const failed: RefusedRule[] = [];
  const capped: RuleSpec[] = [];
  let capDetail = "";
  const nameless: JsonObject[] = [];
  for (const error of listOf(answer.errors)) {
    const problem = readProblem(error);
    if (isRuleCap(problem)) capDetail ||= problem.detail || problem.title;
    const rule = take(error.value);
    if (rule === undefined) nameless.push(error);
    else if (problem.type === "duplicate-rules" || problem.title === "DuplicateRule") {
      duplicates.push({ rule, id: typeof error.id === "string" ? error.id : "" });
    } else if (isRuleCap(problem)) capped.push(rule);
    else (isOwnError(problem) ? failed : refused).push({ rule, problems: readProblems(error) });
  }
  const added = listOf(answer.data).flatMap(({ value }) => take(value) ?? []);
  const created = countCreated(answer, added.length);
  // X may count rules as created without listing them.
  if (left.size > 0 && created >= added.length + left.size) {
    added.push(...left.values());
    left.clear();
  }
  // An error that names no rule is about those that nothing else was said of.
  const [first] = nameless;
  if (first !== undefined && left.size > 0) {
    const problem = readProblem(first);
    if (isRuleCap(problem)) capped.push(...left.values());
    else
      (isOwnError(problem) ? failed : refused).push(
        ...[...left.values()].map((rule) => ({ rule, problems: readProblems(first) })),
      );
    left.clear();
  }
  return { added, duplicates, refused, capped, capDetail, failed, unexplained: [...left.values()] };
}

function countCreated({ meta }: JsonObject, listed: number): number {
  const summary = isJsonObject(meta) && isJsonObject(meta.summary) ? meta.summary : {};
  const created = Number(summary.created ?? listed);
  return Number.isFinite(created) ? created : listed;
}

function readProblems(error: JsonObject): ReportedProblem[] {
  const texts =
    Array.isArray(error.details) && error.details.length > 0 ? error.details : [error.detail ?? error.title];
  // Texts of a server: cut, and free of control characters.
  return texts.map((text: unknown) => readProblemText(readProblem({ detail: text }).detail));
}

export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
