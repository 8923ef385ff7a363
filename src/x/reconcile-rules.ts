/**
 * Brings the rules on X to what is wanted, touching only our own. Spec: X API v2, tweets/search/stream/rules; a 2xx
 * says nothing there, only `meta.summary` and `errors` do.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { toStoredTag } from "../kernel/rule-tag.ts";
import type { Log } from "../telemetry/log.ts";
import { XError } from "./error.ts";
import { rulesPageSize, rulesPath } from "./facts.ts";
import { toXError } from "./failure.ts";
import { readProblem } from "./problem.ts";
import { planRules, type RuleSpec, type StoredRule } from "./rule-plan.ts";
import type { XApi, XCall } from "./twitter-api.ts";

export interface ReconcileRulesOptions {
  readonly api: XApi;
  readonly desired: readonly RuleSpec[];
  readonly log: Log;
  /** For each call. Default 15 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RuleReport {
  readonly added: readonly RuleSpec[];
  readonly removed: readonly StoredRule[];
  readonly unchanged: readonly StoredRule[];
  /** Wanted values that X holds under a tag of someone else: their posts come, with that tag. */
  readonly foreign: readonly { readonly rule: RuleSpec; readonly stored: StoredRule }[];
  /** Rules on X afterwards, anyone's. */
  readonly total: number;
}

const defaultTimeoutMs = 15_000;
/** Rules in one request; X names no limit, and a request should stay small. */
const chunkSize = 100;

/**
 * Adds what is missing (tagged `birdwire:TAG`) and deletes what is ours and not wanted. Rules are tried with
 * `dry_run` before anything is changed.
 *
 * Throws XError: `x-invalid-rule` with `details` {tag, value, problems: [{position, message}]}, `x-rule-cap`,
 * `x-unexpected-answer`, and those of a failed call (`x-unreachable`, `x-unauthorized`, ...).
 */
export async function reconcileRules(options: ReconcileRulesOptions): Promise<RuleReport> {
  const { api, desired, log } = options;
  const call = callWith(options);
  const stored = await listRules(options);
  const plan = planRules(desired, stored);
  const foreign = [...plan.foreign];
  const added: RuleSpec[] = [];

  for (const rules of chunksOf(plan.add)) {
    checkAnswer(await post(call, rules, { dry_run: "true" }), rules, { url: api.url, dryRun: true });
  }
  for (const rules of chunksOf(plan.remove)) {
    const ids = rules.map(({ id }) => id);
    await call({ method: "POST", path: rulesPath, body: { delete: { ids } } });
  }
  for (const rules of chunksOf(plan.add)) {
    const answer = checkAnswer(await post(call, rules), rules, { url: api.url, dryRun: false });
    for (const rule of rules) {
      const known = answer.duplicates.find(({ value }) => value === rule.value);
      if (known === undefined) added.push(rule);
      // Someone else added it since we looked: perhaps another process of ours, which is as good.
      else foreign.push({ rule, stored: { id: known.id, value: rule.value, tag: "" } });
    }
  }
  const late = foreign.length > plan.foreign.length ? await listRules(options) : null;
  const others = late === null ? foreign : foreign.flatMap((entry) => settleForeign(entry, late));

  for (const { rule, stored: theirs } of others) {
    log.warn(
      `the rule ${rule.tag} is on X already under a tag that is not Birdwire's; its posts come with that tag`,
      {
        value: rule.value,
        tag: theirs.tag,
        id: theirs.id,
      },
    );
  }
  const total = late?.length ?? stored.length - plan.remove.length + added.length;
  log.info("the rules on X are as wanted", {
    added: added.length,
    removed: plan.remove.length,
    unchanged: plan.unchanged.length,
    total,
  });
  return { added, removed: plan.remove, unchanged: plan.unchanged, foreign: others, total };
}

/** All rules on X, from every page, anyone's. Throws XError of the failed call. */
export async function listRules(options: Omit<ReconcileRulesOptions, "desired">): Promise<StoredRule[]> {
  const call = callWith(options);
  const rules: StoredRule[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const query = {
      max_results: `${rulesPageSize}`,
      ...(token === undefined ? {} : { pagination_token: token }),
    };
    const answer = await call({ method: "GET", path: rulesPath, query });
    // `data` is absent when there is no rule.
    for (const rule of listOf(answer.data)) {
      const { id, value, tag } = rule;
      if (typeof id !== "string" || typeof value !== "string") {
        throw unexpected(options.api.url, "listed a rule without id or value");
      }
      rules.push({ id, value, tag: typeof tag === "string" ? tag : "" });
    }
    const next: unknown = isJsonObject(answer.meta) ? answer.meta.next_token : undefined;
    token = typeof next === "string" && next !== "" && !seen.has(next) ? next : undefined;
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
  return rules;
}

type Call = (call: Omit<XCall, "timeoutMs" | "signal">) => Promise<JsonObject>;

function callWith({
  api,
  timeoutMs = defaultTimeoutMs,
  signal,
}: Omit<ReconcileRulesOptions, "desired">): Call {
  return async (call) => {
    const answer = await api.call({ ...call, timeoutMs, ...(signal === undefined ? {} : { signal }) });
    if (answer.kind === "failed") throw toXError(answer.failure, { url: api.url, what: "its rules" });
    if (!isJsonObject(answer.body))
      throw unexpected(api.url, "answered a rules call with something else than an object");
    return answer.body;
  };
}

function post(
  call: Call,
  rules: readonly RuleSpec[],
  query: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  const add = rules.map(({ value, tag }) => ({ value, tag: toStoredTag(tag) }));
  return call({ method: "POST", path: rulesPath, query, body: { add } });
}

interface AddAnswer {
  readonly duplicates: readonly { readonly value: string; readonly id: string }[];
}

/**
 * Throws for the first refusal that is no duplicate, and when X does not account for every rule. A dry run may
 * meet the cap (there will be fewer rules once the stale ones are gone).
 */
function checkAnswer(
  answer: JsonObject,
  rules: readonly RuleSpec[],
  { url, dryRun }: { url: string; dryRun: boolean },
): AddAnswer {
  const errors = listOf(answer.errors);
  const duplicates: { value: string; id: string }[] = [];
  for (const error of errors) {
    const { type, title } = readProblem(error);
    const value = typeof error.value === "string" ? error.value : "";
    if (type === "duplicate-rules" || title === "DuplicateRule") {
      duplicates.push({ value, id: typeof error.id === "string" ? error.id : "" });
    } else if (type === "rule-cap" || title === "RulesCapExceeded") {
      if (!dryRun) throw capError(error, url);
    } else throw invalidRule(error, rules.find((rule) => rule.value === value) ?? { tag: "", value });
  }
  const summary = isJsonObject(answer.meta) && isJsonObject(answer.meta.summary) ? answer.meta.summary : {};
  const created = Number(summary.created ?? listOf(answer.data).length);
  if (!dryRun && created + errors.length < rules.length) {
    throw unexpected(url, `took ${created} of ${rules.length} rules and did not say why`);
  }
  return { duplicates };
}

function settleForeign(
  entry: RuleReport["foreign"][number],
  stored: readonly StoredRule[],
): RuleReport["foreign"][number][] {
  const now = stored.find(({ id, value }) => id === entry.stored.id || value === entry.rule.value);
  if (now?.tag === toStoredTag(entry.rule.tag)) return [];
  return [{ rule: entry.rule, stored: now ?? entry.stored }];
}

function invalidRule(error: JsonObject, rule: RuleSpec): XError {
  const texts = Array.isArray(error.details) ? error.details : [error.detail ?? error.title];
  const problems = texts.map((text) => {
    const message = readProblem({ detail: text }).detail;
    const position = /at position (\d+)/.exec(message)?.[1];
    return { message, position: position === undefined ? null : Number(position) };
  });
  const why = problems.map(({ message }) => message).join("; ");
  return new XError("x-invalid-rule", `X refuses the rule ${rule.tag} (${rule.value}): ${why}`, {
    details: { ...rule, problems },
  });
}

function capError(error: JsonObject, url: string): XError {
  const { detail, title } = readProblem(error);
  return new XError("x-rule-cap", `X at ${url} takes no more rules: ${detail || title}`, {
    details: { url },
  });
}

function unexpected(url: string, what: string): XError {
  return new XError("x-unexpected-answer", `X at ${url} ${what}`, { details: { url } });
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function* chunksOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += chunkSize) yield items.slice(start, start + chunkSize);
}
