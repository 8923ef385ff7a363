/**
 * Requests to a registry that has one address or several: a time limit for each, JSON both ways, RegistryError for all
 * that goes wrong. What may pass is tried again: at the next address at once, at the same ones after a while. The
 * address that answered last is asked first. Both clients of this room go through here.
 */
import { type Clock, createSystemClock } from "../kernel/clock.ts";
import { systemCodeOf, type TlsMaterial } from "../kernel/tls.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { authorization, parseRegistryAddresses, type RegistryCredentials } from "./address.ts";
import { describeFailure, readAnswer, stillFailing, timedOut } from "./describe.ts";
import type { RegistryError } from "./error.ts";
import { createTlsAgent, exchange, type Method } from "./exchange.ts";
import { backOffMs, isRetriableStatus, mayRepeat, parseRetryAfterMs } from "./retry.ts";

export interface HttpRequest {
  readonly method: Method;
  /** From the base URL on, its variable parts percent-encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** The registry's error codes that are an answer here: the result is then null. */
  readonly absent?: readonly number[];
}

/** An answer for good, a refusal perhaps. */
export interface Answer {
  /** The address that gave it. */
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
}

export interface RegistryHttp {
  /** To be shown: all the addresses, with commas. */
  readonly url: string;
  /** The answer's JSON, or null for one of the `absent` codes. Throws RegistryError. */
  request(request: HttpRequest): Promise<unknown>;
  /** The answer as it is, after what may pass was tried again. Throws RegistryError where there is none. */
  send(request: HttpRequest): Promise<Answer>;
}

export interface RegistryConnection {
  /** http(s) URL with or without a base path, and without credentials; several with commas. */
  readonly url: string;
  /** Default `birdwire`. */
  readonly clientId?: string;
  /** Longest wait for one answer. Default 5000. */
  readonly timeoutMs?: number;
  /** How often all addresses are tried again after each failed. Default 3. */
  readonly maxRetries?: number;
  /** Longest time for one request with all its repetitions, waits among them. Default 15000. */
  readonly totalMs?: number;
  /** Sent with each request, never shown. Default: none. */
  readonly auth?: RegistryCredentials | null;
  /** What https needs beside the authorities that Node trusts. */
  readonly tls?: TlsMaterial;
  readonly clock?: Clock;
  /** From 0 up to 1. Default Math.random. */
  readonly random?: () => number;
  readonly log?: Log;
}

const mediaType = "application/vnd.schemaregistry.v1+json";

/** Pure: nothing is connected before it is used. Throws RegistryError `invalid-registry-address`. */
export function createRegistryHttp(connection: RegistryConnection): RegistryHttp {
  const { clientId = "birdwire", timeoutMs = 5000, totalMs = 15_000, maxRetries = 3 } = connection;
  const { auth = null, tls = {}, clock = createSystemClock(), log = silentLog } = connection;
  const { random = Math.random } = connection;
  const urls = parseRegistryAddresses(connection.url);
  const agent = createTlsAgent(tls);
  const headers = {
    "User-Agent": clientId,
    Accept: `${mediaType}, application/json; q=0.9`,
    ...(auth !== null && { Authorization: authorization(auth) }),
  };
  let preferred = 0;

  type Attempt =
    | { readonly kind: "answered"; readonly answer: Answer }
    | {
        readonly kind: "failed";
        readonly error: RegistryError;
        readonly isRepeatable: boolean;
        readonly retryAfterMs: number;
      };

  async function attempt(
    url: string,
    { method, path, body }: HttpRequest,
    limitMs: number,
  ): Promise<Attempt> {
    const asked = { url, method, path };
    const content = body === undefined ? undefined : JSON.stringify(body);
    const abort = new AbortController();
    const cancel = clock.after(limitMs, () => abort.abort());
    try {
      const { retryAfter, ...answer } = await exchange(`${url}${path}`, content, {
        method,
        signal: abort.signal,
        agent: url.startsWith("https:") ? agent : undefined,
        headers: {
          ...headers,
          ...(content !== undefined && {
            "Content-Type": mediaType,
            "Content-Length": Buffer.byteLength(content),
          }),
        },
      });
      const { status } = answer;
      log.debug("registry request", { method, url: `${url}${path}`, status });
      if (!isRetriableStatus(status)) return { kind: "answered", answer: { url, ...answer } };
      return {
        kind: "failed",
        error: refusalOf(() => readAnswer({ ...asked, absent: [] }, answer)),
        isRepeatable: mayRepeat({ method, status, systemCode: "" }),
        retryAfterMs: parseRetryAfterMs(retryAfter, clock.now()),
      };
    } catch (cause) {
      const error = abort.signal.aborted ? timedOut(asked, limitMs, cause) : describeFailure(asked, cause);
      if (!error.retriable) throw error;
      const isRepeatable = mayRepeat({ method, status: null, systemCode: systemCodeOf(cause) });
      return { kind: "failed", error, isRepeatable, retryAfterMs: 0 };
    } finally {
      cancel();
    }
  }

  async function send(request: HttpRequest): Promise<Answer> {
    const deadline = clock.now() + totalMs;
    const failures = new Map<string, RegistryError>();
    // Who was silent for the whole time limit is not waited for again.
    const silent = new Set<string>();
    for (let round = 1; ; round++) {
      let askedMs = Number.POSITIVE_INFINITY;
      for (const index of urls.keys()) {
        const position = (preferred + index) % urls.length;
        const url = urls[position] ?? "";
        const leftMs = deadline - clock.now();
        if (silent.has(url) || leftMs <= 0) continue;
        const outcome = await attempt(url, request, Math.min(timeoutMs, leftMs));
        if (outcome.kind === "answered") {
          preferred = position;
          return outcome.answer;
        }
        failures.set(url, outcome.error);
        if (outcome.error.code === "registry-timeout") silent.add(url);
        else askedMs = Math.min(askedMs, outcome.retryAfterMs);
        if (!outcome.isRepeatable) throw stillFailing([...failures.values()]);
      }
      const waitMs = Math.max(backOffMs(round, random), askedMs);
      if (round > maxRetries || clock.now() + waitMs >= deadline) {
        throw stillFailing([...failures.values()], Number.isFinite(askedMs) ? askedMs : 0);
      }
      log.debug("registry request is tried again", { path: request.path, waitMs: Math.round(waitMs) });
      await clock.sleep(waitMs);
    }
  }

  return {
    url: urls.join(","),
    send,
    async request(request) {
      const { method, path, absent = [] } = request;
      const answer = await send(request);
      return readAnswer({ url: answer.url, method, path, absent }, answer);
    },
  };
}

function refusalOf(read: () => unknown): RegistryError {
  try {
    read();
  } catch (error) {
    return error as RegistryError;
  }
  throw new TypeError("an error status is never an answer");
}
