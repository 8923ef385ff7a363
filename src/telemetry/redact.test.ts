import { describe, expect, test } from "@jest/globals";
import { createLog, type Log } from "./log.ts";
import { createRedactor } from "./redact.ts";

const token =
  "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRfl76ZC9Ub0wnz4XsNiRVBChTYbJcE3F";
const awkward = 'p"a\\ss-w/ö+r[d';

function logged(format: "text" | "json", secrets: readonly string[], use: (log: Log) => void): string {
  let text = "";
  use(
    createLog({ level: "debug", format, redact: createRedactor(secrets), write: (line) => (text += line) }),
  );
  return text;
}

describe.each(["text", "json"] as const)("in the %s format", (format) => {
  test.each([
    ["a message", (log: Log, secret: string) => log.info(`sent ${secret} to X`)],
    ["a field", (log: Log, secret: string) => log.warn("sent", { what: secret })],
    ["a field inside a field", (log: Log, secret: string) => log.warn("sent", { a: [{ b: `x${secret}y` }] })],
    ["the name of a field", (log: Log, secret: string) => log.warn("sent", { [secret]: 1 })],
    [
      "an error",
      (log: Log, secret: string) => log.error("failed", { error: new Error(`401 for ${secret}`) }),
    ],
    [
      "what caused an error",
      (log: Log, secret: string) =>
        log.error("failed", { error: new TypeError("fetch failed", { cause: new Error(secret) }) }),
    ],
  ])("a known secret is not shown in %s", (_where, use) => {
    for (const secret of [token, awkward, "hunter22"]) {
      const line = logged(format, [secret], (log) => use(log, secret));
      const plain = format === "json" ? JSON.stringify(JSON.parse(line)) : line;
      expect(plain).not.toContain(secret);
      expect(plain).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(plain).toContain("***");
    }
  });

  test("a known secret within an address is not shown as it is encoded there", () => {
    const line = logged(format, [awkward], (log) =>
      log.info(`GET http://r/?k=${encodeURIComponent(awkward)}`),
    );
    expect(line).toContain("?k=***");
  });
});

describe("without knowing the value", () => {
  test.each([
    ["Authorization: Bearer abc.DEF-123", "Authorization: Bearer ***"],
    ["Bearer token-1 of X", "Bearer *** of X"],
    ["it does not accept the bearer token: 401", "it does not accept the bearer token: 401"],
    ["authorization: basic dXNlcjpwYXNz=", "authorization: basic ***"],
    [
      '{"headers":{"authorization":"anything at all","host":"h"}}',
      '{"headers":{"authorization":"***","host":"h"}}',
    ],
    ['{"password":"a\\"b","user":"u"}', '{"password":"***","user":"u"}'],
    ['{"sasl_password" : "x"}', '{"sasl_password" : "***"}'],
    ['{"clientSecret":"x","X-Api-Key":"y"}', '{"clientSecret":"***","X-Api-Key":"***"}'],
    ["http://user:pass@registry:8081/subjects", "http://***@registry:8081/subjects"],
    ["https://token@host", "https://***@host"],
    ["BIRDWIRE_KAFKA_PASSWORD=abc next", "BIRDWIRE_KAFKA_PASSWORD=*** next"],
    ["X_BEARER_TOKEN=abc,more", "X_BEARER_TOKEN=***,more"],
    ['"\\u0000alice\\u0000wonderland"', '"\\u0000alice\\u0000***"'],
    ["c=biws,r=n,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "c=biws,r=n,p=***"],
  ])("%s becomes %s", (text, shown) => {
    expect(createRedactor()(text)).toBe(shown);
  });

  test.each([
    "created topic twitter partitions=3",
    "received 10, produced 10",
    "the bearer of news is basic",
    "look at X_BEARER_TOKEN or X_BEARER_TOKEN_FILE, and at the access of its app",
    "BIRDWIRE_KAFKA_PASSWORD[_FILE] takes it",
    "user@example.com, http://localhost:8081/a@b",
  ])("%s stays as it is", (text) => {
    expect(createRedactor()(text)).toBe(text);
  });
});

test("a short secret is taken out where it stands alone, and a shorter one is a word", () => {
  const redact = createRedactor(["test", "any"]);
  expect(redact('pass "test" in latest tests of any kind')).toBe('pass "***" in latest tests of any kind');
});

test("a line of JSON stays one, whatever is taken out of it", () => {
  const line = logged("json", [awkward], (log) =>
    log.info(`Bearer ${token}"\\ http://u:p@h PASSWORD=${awkward}`, { password: awkward, list: [token] }),
  );
  expect(() => JSON.parse(line)).not.toThrow();
});
