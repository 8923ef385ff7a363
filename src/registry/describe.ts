/**
 * What came of a request, as a value or as the error that says what went wrong, where, and what may help.
 */
import { describeCause } from "../kernel/error.ts";
import { isJsonObject } from "../kernel/json.ts";
import { describeTlsError, systemCodeOf, tlsFailureOf, tlsFailureSentences } from "../kernel/tls.ts";
import { codeOfRefusal, RegistryError, type RegistryErrorCode } from "./error.ts";
import type { Method } from "./exchange.ts";

export interface Asked {
  readonly url: string;
  readonly method: Method;
  readonly path: string;
}

/** The answer's JSON, or null for one of the `absent` codes. Throws RegistryError. */
export function readAnswer(
  asked: Asked & { readonly absent: readonly number[] },
  {
    status,
    text,
    location,
  }: { readonly status: number; readonly text: string; readonly location: string | undefined },
): unknown {
  const { absent } = asked;
  const json = parseJson(text);
  if (status >= 200 && status < 300 && json !== undefined) return json;
  const errorCode = isJsonObject(json) && typeof json.error_code === "number" ? json.error_code : null;
  if (errorCode !== null && absent.includes(errorCode)) return null;
  const said = isJsonObject(json) && typeof json.message === "string" ? shorten(json.message) : null;
  const details = { ...describe(asked), status, ...(errorCode !== null && { errorCode }) };
  const code = codeOfAnswer(status, errorCode);
  if (status >= 300 && status < 400) {
    throw unexpected(
      asked,
      `it redirects${location === undefined ? "" : ` to ${showLocation(location, asked.url)}`} (${status}), where credentials are not taken along`,
      details,
    );
  }
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

export function describeFailure(asked: Asked, thrown: unknown): RegistryError {
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

/** All that each address answered, when none would do. The code is that of the last one. */
export function stillFailing(failures: readonly RegistryError[], retryAfterMs = 0): RegistryError {
  const last = failures.at(-1);
  if (last === undefined) {
    return new RegistryError("registry-timeout", "the registry was not asked: no time was left");
  }
  const later = retryAfterMs > 0 ? `; it asks to come back in ${Math.ceil(retryAfterMs / 1000)} s` : "";
  if (failures.length === 1 && later === "") return last;
  const said = failures.map(({ message }) => message).join("; ");
  const several = failures.length === 1 ? "" : `none of ${failures.length} registries answers: `;
  return new RegistryError(last.code, `${several}${said}${later}`, {
    details: {
      ...last.details,
      failures: failures.map(({ code, details }) => ({ code, ...details })),
      ...(later !== "" && { retryAfterMs }),
    },
    cause: last,
  });
}

/** Without its query, which may hold anything. */
function showLocation(location: string, base: string): string {
  const url = URL.parse(location, base);
  return url === null ? "somewhere" : `${url.protocol}//${url.host}${url.pathname}`;
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
