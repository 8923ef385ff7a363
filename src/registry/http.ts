/**
 * One request to a registry and its answer: a time limit, JSON both ways, RegistryError for all else. Over node:http
 * and node:https, since the other client of this room takes their agents and nothing else: fetch would need certificates
 * of its own, from a package that has to be the very version inside of Node. Redirections are not followed: credentials
 * would go with them.
 */
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { text as readText } from "node:stream/consumers";
import { describeCause } from "../kernel/error.ts";
import { isJsonObject } from "../kernel/json.ts";
import {
  describeTlsError,
  systemCodeOf,
  type TlsMaterial,
  tlsFailureOf,
  tlsFailureSentences,
} from "../kernel/tls.ts";
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
  /** Of https; Node's own without one. */
  readonly agent: Agent | undefined;
  readonly timeoutMs: number;
  readonly log: Log;
}

/** Undefined where nothing is to be said beside what Node does by itself. */
export function createTlsAgent(url: string, tls: TlsMaterial): Agent | undefined {
  if (!url.startsWith("https:") || Object.keys(tls).length === 0) return undefined;
  return new Agent({ ...tls, keepAlive: true });
}

const mediaType = "application/vnd.schemaregistry.v1+json";

export function createRegistryHttp({
  url,
  headers,
  agent,
  timeoutMs,
  log,
}: RegistryHttpOptions): RegistryHttp {
  return {
    async request({ method, path, body, absent = [] }) {
      const target = `${url}${path}`;
      const signal = AbortSignal.timeout(timeoutMs);
      const content = body === undefined ? undefined : JSON.stringify(body);
      const { status, text } = await exchange(target, content, {
        method,
        agent,
        signal,
        headers: {
          Accept: `${mediaType}, application/json; q=0.9`,
          ...(content !== undefined && {
            "Content-Type": mediaType,
            "Content-Length": Buffer.byteLength(content),
          }),
          ...headers,
        },
      }).catch((cause: unknown) => {
        throw signal.aborted
          ? timedOut({ url, method, path }, timeoutMs, cause)
          : describeFailure({ url, method, path }, cause);
      });
      log.debug("registry request", { method, url: target, status });
      return readAnswer({ url, method, path, status, absent }, text);
    },
  };
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

/** Repeated once when a connection that was kept turns out to have been closed: nothing was answered on it. */
async function exchange(
  target: string,
  content: string | undefined,
  options: RequestOptions,
  mayRepeat = true,
): Promise<Exchanged> {
  const request = (target.startsWith("https:") ? httpsRequest : httpRequest)(target, options);
  try {
    return await new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => {
        readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      });
      request.end(content);
    });
  } catch (error) {
    const wasClosed = request.reusedSocket && systemCodeOf(error) === "ECONNRESET";
    if (!wasClosed || !mayRepeat) throw error;
    return await exchange(target, content, options, false);
  }
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

function describeFailure(asked: Asked, thrown: unknown): RegistryError {
  const systemCode = systemCodeOf(thrown);
  const tls = tlsFailureOf(thrown);
  const options = {
    details: { ...describe(asked), systemCode, ...(tls !== null && { tls }) },
    cause: thrown,
  };
  const reason = describeCause(thrown);
  if (tls !== null) {
    const code = tls === "client-certificate" ? "registry-unauthorized" : "registry-untrusted";
    const what = `${tlsFailureSentences[tls]}: ${describeTlsError(thrown)}`;
    return new RegistryError(code, `the registry ${asked.url} ${what} (${systemCode})`, options);
  }
  const hangsUp = ["ECONNRESET", "HPE_INVALID_CONSTANT"].includes(systemCode);
  const guess = asked.url.startsWith("http:")
    ? "; does it speak https?"
    : "; does it want a client certificate, or another one?";
  return new RegistryError(
    "registry-unreachable",
    `the registry ${asked.url} cannot be reached: ${reason}${hangsUp ? guess : ""}`,
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
