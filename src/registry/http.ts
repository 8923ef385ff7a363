/**
 * One request to a registry and its answer, over `fetch`: a time limit, JSON both ways, RegistryError for all else.
 */
import { describeCause } from "../kernel/error.ts";
import { isJsonObject } from "../kernel/json.ts";
import type { Log } from "../telemetry/log.ts";
import { codeOfRefusal, RegistryError, type RegistryErrorCode } from "./error.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface HttpRequest {
  readonly method: Method;
  /** From the base URL on, its variable parts percent-encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** The registry's error codes that are an answer here: the result is then null. */
  readonly absent?: readonly number[];
}

export interface RegistryHttp {
  /** The answer's JSON, or null for one of the `absent` codes. Throws RegistryError. */
  request(request: HttpRequest): Promise<unknown>;
}

export interface RegistryHttpOptions {
  readonly url: string;
  /** Sent with each request; never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly log: Log;
}

const mediaType = "application/vnd.schemaregistry.v1+json";

export function createRegistryHttp({ url, headers, timeoutMs, log }: RegistryHttpOptions): RegistryHttp {
  return {
    async request({ method, path, body, absent = [] }) {
      const target = `${url}${path}`;
      let status: number;
      let text: string;
      try {
        const response = await fetch(target, {
          method,
          headers: {
            Accept: `${mediaType}, application/json; q=0.9`,
            ...(body !== undefined && { "Content-Type": mediaType }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(timeoutMs),
        });
        status = response.status;
        text = await response.text();
      } catch (cause) {
        throw describeFailure({ url, method, path, timeoutMs }, cause);
      }
      log.debug("registry request", { method, url: target, status });
      return readAnswer({ url, method, path, status, absent }, text);
    },
  };
}

interface Asked {
  readonly url: string;
  readonly method: Method;
  readonly path: string;
}

function readAnswer(
  asked: Asked & { readonly status: number; readonly absent: readonly number[] },
  text: string,
): unknown {
  const { status, absent } = asked;
  const json = parseJson(text);
  if (status >= 200 && status < 300 && json !== undefined) return json;
  const errorCode = isJsonObject(json) && typeof json.error_code === "number" ? json.error_code : null;
  if (errorCode !== null && absent.includes(errorCode)) return null;
  const said = isJsonObject(json) && typeof json.message === "string" ? shorten(json.message) : null;
  const details = { ...describe(asked), status, ...(errorCode !== null && { errorCode }) };
  const code = codeOfAnswer(status, errorCode);
  if (code === "unexpected-answer") {
    throw unexpected(
      asked,
      `it answered ${status} with something else than a Schema Registry's JSON`,
      details,
    );
  }
  throw new RegistryError(
    code,
    `${sentence(asked)}: ${said ?? `status ${status}`} (${errorCode ?? status})`,
    {
      details,
    },
  );
}

/** What is no registry's answer: no JSON, or a plain 404 or 400 where a registry gives a code of its own. */
function codeOfAnswer(status: number, errorCode: number | null): RegistryErrorCode {
  const code = codeOfRefusal(status, errorCode);
  const hasOwnCode = errorCode !== null;
  return status < 400 || (code === "registry-refused" && !hasOwnCode) ? "unexpected-answer" : code;
}

/** An answer of another shape than the route gives. */
export function unexpected(
  asked: Asked,
  what: string,
  details: Readonly<Record<string, unknown>> = describe(asked),
): RegistryError {
  return new RegistryError(
    "unexpected-answer",
    `${sentence(asked)}: ${what}; does the address lead to a Schema Registry?`,
    { details },
  );
}

const trustFailures =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

function describeFailure(asked: Asked & { readonly timeoutMs: number }, thrown: unknown): RegistryError {
  if (isJsonObject(thrown) && thrown.name === "TimeoutError") return timedOut(asked, asked.timeoutMs, thrown);
  // fetch says "fetch failed" and keeps the reason as the cause.
  const cause = isJsonObject(thrown) && thrown.cause !== undefined ? thrown.cause : thrown;
  const systemCode = isJsonObject(cause) && typeof cause.code === "string" ? cause.code : "";
  const options = { details: { ...describe(asked), systemCode }, cause: thrown };
  const reason = describeCause(cause);
  if (trustFailures.test(systemCode)) {
    return new RegistryError(
      "registry-untrusted",
      `the registry ${asked.url} cannot be trusted: ${reason} (${systemCode})`,
      options,
    );
  }
  return new RegistryError(
    "registry-unreachable",
    `the registry ${asked.url} cannot be reached: ${reason}`,
    options,
  );
}

export function timedOut(asked: Asked, timeoutMs: number, cause: unknown): RegistryError {
  return new RegistryError("registry-timeout", `${sentence(asked)}: no answer within ${timeoutMs} ms`, {
    details: describe(asked),
    cause,
  });
}

function describe({ url, method, path }: Asked): Readonly<Record<string, unknown>> {
  return { method, url: `${url}${path}` };
}

function sentence({ url, method, path }: Asked): string {
  return `registry ${url}: ${method} ${path}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  return text.length > 2000 ? `${text.slice(0, 2000)}...` : text;
}
