/**
 * X's rules endpoint as calls: list, count, try out, add, delete. Spec: X API v2, tweets/search/stream/rules; x-api
 * facts 1.6 and 1.8.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import { toStoredTag } from "../kernel/rule-tag.ts";
import { XError } from "./error.ts";
import { rulesPageSize, rulesPath } from "./facts.ts";
import { toXError, type XFailure } from "./failure.ts";
import type { RuleSpec, StoredRule } from "./rule-plan.ts";
import { type AddAnswer, isRuleCap, listOf, readAddAnswer } from "./rules-answer.ts";
import type { XApi, XCall } from "./twitter-api.ts";

export interface RulesApiOptions {
  readonly api: XApi;
  /** For each call. Default 15 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RuleCounts {
  /** Rules of this app. */
  readonly used: number;
  /** Most that this app may have. */
  readonly cap: number;
  /** How many more X takes now, by the app's cap and its project's. */
  readonly room: number;
}

/** Calls throw XError of the failed call (`x-unreachable`, `x-unauthorized`, ...), or `x-unexpected-answer`. */
export interface RulesApi {
  /** X's address without credentials. */
  readonly url: string;
  /** All rules on X, from every page, anyone's. */
  list(): Promise<StoredRule[]>;
  /** Null where X does not tell. */
  count(): Promise<RuleCounts | null>;
  /** One request, tags with our prefix; as a dry run it changes nothing. */
  add(rules: readonly RuleSpec[], how: { readonly dryRun: boolean }): Promise<AddAnswer>;
  /** One request. A rule that is gone already is no failure. */
  remove(rules: readonly StoredRule[]): Promise<void>;
}

const defaultTimeoutMs = 15_000;

/**
 * Rules in one request where there are so many of them. X names no limit, and takes 100 requests in 15 minutes:
 * requests stay small until there would be too many.
 */
export function chunkSizeFor(count: number): number {
  return count <= 2000 ? 100 : 1000;
}

export function* chunksOf<T>(items: readonly T[]): Generator<readonly T[]> {
  const size = chunkSizeFor(items.length);
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

export function createRulesApi({ api, timeoutMs = defaultTimeoutMs, signal }: RulesApiOptions): RulesApi {
  const { url } = api;
  const call = async (what: Omit<XCall, "timeoutMs" | "signal">): Promise<JsonObject> => {
    const answer = await api.call({ ...what, timeoutMs, ...(signal === undefined ? {} : { signal }) });
    if (answer.kind === "failed") {
      const { failure } = answer;
      // Users see the cap as a refused request, too.
      if (failure.kind === "http" && isRuleCap(failure.problem)) return { errors: [failure.problem] };
      throw tellReset(toXError(failure, { url, what: "its rules" }), failure);
    }
    if (!isJsonObject(answer.body)) {
      throw unexpectedAnswer(url, "answered a rules call with something else than an object");
    }
    return answer.body;
  };

  return {
    url,
    list: () => listPages(url, call),
    async count() {
      try {
        return readCounts(await call({ method: "GET", path: `${rulesPath}/counts` }));
      } catch (error) {
        if (signal?.aborted) throw error;
        return null;
      }
    },
    async add(rules, { dryRun }) {
      const add = rules.map(({ value, tag }) => ({ value, tag: toStoredTag(tag) }));
      const query = dryRun ? { dry_run: "true" } : {};
      return readAddAnswer(await call({ method: "POST", path: rulesPath, query, body: { add } }), rules);
    },
    async remove(rules) {
      const ids = rules.map(({ id }) => id);
      await call({ method: "POST", path: rulesPath, body: { delete: { ids } } });
    },
  };
}

/** Adds when X's rate window ends, where X says so. */
function tellReset(error: XError, failure: XFailure): XError {
  if (error.code !== "x-rate-limited" || failure.kind !== "http" || failure.resetInMs === null) return error;
  const { code, message, retriable, details } = error;
  const seconds = Math.max(0, Math.ceil(failure.resetInMs / 1000));
  return new XError(code, `${message}; its rate window ends in ${seconds} s`, {
    retriable,
    details,
  });
}

export function unexpectedAnswer(url: string, what: string): XError {
  return new XError("x-unexpected-answer", `X at ${url} ${what}`, { details: { url } });
}

async function listPages(
  url: string,
  call: (what: Omit<XCall, "timeoutMs" | "signal">) => Promise<JsonObject>,
): Promise<StoredRule[]> {
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
    for (const { id, value, tag } of listOf(answer.data)) {
      if (typeof id !== "string" || typeof value !== "string") {
        throw unexpectedAnswer(url, "listed a rule without id or value");
      }
      rules.push({ id, value, tag: typeof tag === "string" ? tag : "" });
    }
    const next: unknown = isJsonObject(answer.meta) ? answer.meta.next_token : undefined;
    token = typeof next === "string" && next !== "" && !seen.has(next) ? next : undefined;
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
  return rules;
}

/** Counts are integers in one version of X's specification and strings in the next. */
function readCounts({ data }: JsonObject): RuleCounts | null {
  if (!isJsonObject(data)) return null;
  const app = isJsonObject(data.client_app_rules_count) ? data.client_app_rules_count : {};
  const [used, cap] = [readCount(app.rule_count), readCount(data.cap_per_client_app)];
  if (used === null || cap === null) return null;
  const [projectUsed, projectCap] = [readCount(data.project_rules_count), readCount(data.cap_per_project)];
  const projectRoom = projectUsed === null || projectCap === null ? cap : projectCap - projectUsed;
  return { used, cap, room: Math.max(0, Math.min(cap - used, projectRoom)) };
}

function readCount(value: unknown): number | null {
  const count = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 ? count : null;
}
