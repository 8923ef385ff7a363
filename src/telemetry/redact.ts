/**
 * Secrets never reach a log: the values that are known, and what looks like one wherever it stands. Servers and
 * libraries put into messages what they were sent, so whole lines are gone through and not fields alone.
 */
const mask = "***";

/** Shorter ones are words that stand in sentences, and nobody's secret. */
const shortestSecret = 4;
/** From here on a value is no part of a word by chance. */
const unmistakableLength = 8;

/** Names whose values are never shown, in JSON and as NAME=VALUE. */
const secretName =
  "(?:[\\w-]*(?:password|passwd|passphrase|secret|(?:bearer|access)[_-]?token|api[_-]?key|authorization))";

/** What follows "bearer" or "basic" in sentences. */
const wordsAfterScheme = "(?:tokens?|credentials?|auth|authentication|authorization|logins?)";

const rules: readonly (readonly [RegExp, string])[] = [
  // HTTP's Authorization (RFC 9110, 11.6.2; RFC 6750): quotes and backslashes end it, so that JSON stays JSON.
  [
    new RegExp(`\\b(Bearer|Basic)\\s+(?!${wordsAfterScheme}(?![\\w.~+/%=-]))[\\w.~+/%=-]{4,}`, "gi"),
    `$1 ${mask}`,
  ],
  // User and password in an address (RFC 3986, 3.2.1).
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"\\]+@/gi, `$1${mask}@`],
  [new RegExp(`("${secretName}"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "gi"), `$1"${mask}"`],
  [new RegExp(`(\\b${secretName}=)[^\\s"\\\\,;&]+`, "gi"), `$1${mask}`],
  // SASL/PLAIN's message (RFC 4616) and the proofs of SCRAM (RFC 5802), should a client quote what it sent.
  [/(\\u0000[^"\\]+\\u0000)(?:[^"\\]|\\[^u])+/g, `$1${mask}`],
  [/\b([pv]=)[A-Za-z0-9+/]{16,}={0,2}/g, `$1${mask}`],
];

/** Takes the given values, and what looks like a secret, out of a text or a line of JSON, which stays JSON. */
export function createRedactor(secrets: readonly string[] = []): (text: string) => string {
  const known = secrets
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= shortestSecret)
    // As it is, within JSON, and within an address.
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .sort((one, other) => other.length - one.length)
    .map((secret) => {
      const text = escapeForRegExp(secret);
      return secret.length >= unmistakableLength ? text : `(?<![\\p{L}\\p{N}])${text}(?![\\p{L}\\p{N}])`;
    });
  const values = known.length === 0 ? null : new RegExp([...new Set(known)].join("|"), "gu");
  return (text) => {
    let shown = values === null ? text : text.replace(values, mask);
    for (const [pattern, replacement] of rules) shown = shown.replace(pattern, replacement);
    return shown;
  };
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
