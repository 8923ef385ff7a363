import { describe, expect, test } from "@jest/globals";
import { classifyFailure, describeFailure, toXError, type XFailure } from "./failure.ts";
import { readProblem } from "./problem.ts";

const http = (status: number, body: unknown = null): XFailure => ({
  kind: "http",
  status,
  problem: readProblem(body),
  resetInMs: null,
  retryAfterMs: null,
});
const network = (code: string): XFailure => ({
  kind: "network",
  cause: Object.assign(new Error(`x ${code}`), { code }),
});
const tooMany = { title: "ConnectionException", connection_issue: "TooManyConnections" };
const capped = { title: "UsageCapExceeded", type: "https://api.twitter.com/2/problems/usage-capped" };

describe("classifyFailure and toXError", () => {
  test.each([
    ["a refused connection", network("ECONNREFUSED"), "unreachable", "x-unreachable", false],
    ["a name that does not exist", network("ENOTFOUND"), "unreachable", "x-unreachable", false],
    ["no route", network("EHOSTUNREACH"), "unreachable", "x-unreachable", false],
    ["a self-signed certificate", network("DEPTH_ZERO_SELF_SIGNED_CERT"), "untrusted", "x-untrusted", false],
    [
      "a certificate of another host",
      network("ERR_TLS_CERT_ALTNAME_INVALID"),
      "untrusted",
      "x-untrusted",
      false,
    ],
    ["an expired certificate", network("CERT_HAS_EXPIRED"), "untrusted", "x-untrusted", false],
    ["a reset", network("ECONNRESET"), "network", "x-timeout", true],
    ["silence", { kind: "timeout", waitedMs: 20 } as const, "timeout", "x-timeout", true],
    ["400", http(400), "invalid-request", "x-invalid-request", false],
    ["401", http(401), "unauthorized", "x-unauthorized", false],
    ["402", http(402), "credits-depleted", "x-credits-depleted", false],
    ["403", http(403), "forbidden", "x-forbidden", false],
    ["404", http(404), "invalid-request", "x-invalid-request", false],
    ["409", http(409), "no-rules", "x-no-rules", false],
    ["a plain 429", http(429, { title: "Too Many Requests" }), "rate-limit", "x-rate-limited", true],
    ["a 429 for another connection", http(429, tooMany), "too-many-connections", "x-rate-limited", true],
    ["a 429 for the usage cap", http(429, capped), "usage-capped", "x-usage-capped", false],
    ["500", http(500), "server", "x-unavailable", true],
    ["503", http(503), "server", "x-unavailable", true],
    ["a redirect", http(302), "server", "x-unavailable", true],
  ] as const)("%s", (_, failure, kind, code, retriable) => {
    expect(classifyFailure(failure)).toBe(kind);
    expect(toXError(failure, { url: "https://api.x.com", what: "the stream" })).toMatchObject({
      code,
      retriable,
    });
  });

  test("looks into the several addresses that were tried", () => {
    const inner = Object.assign(new Error("connect ECONNREFUSED ::1:1"), { code: "ECONNREFUSED" });
    const failure: XFailure = { kind: "network", cause: new AggregateError([inner, inner]) };
    expect(classifyFailure(failure)).toBe("unreachable");
    expect(describeFailure(failure)).toContain("ECONNREFUSED");
  });

  test("names the address and the cause", () => {
    const error = toXError(network("ECONNREFUSED"), { url: "http://127.0.0.1:9", what: "its rules" });
    expect(error.message).toBe("X cannot be reached at http://127.0.0.1:9: x ECONNREFUSED");
    expect(error.details).toMatchObject({ url: "http://127.0.0.1:9" });
  });
});
