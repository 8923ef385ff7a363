/**
 * PLAIN (RFC 4616): one token with an authorization id, a user name and a password, NUL between them. Refusals are
 * worded as Kafka's PlainSaslServer words them.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { otherIdentity, type SaslExchange, type SaslUser } from "./mechanism.ts";

export function createPlainExchange(users: ReadonlyMap<string, SaslUser>): SaslExchange {
  return (token) => {
    const parts = token.toString("utf8").split("\0");
    const [identity = "", username = "", password = ""] = parts;
    if (parts.length !== 3) {
      const message = `Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`;
      return { kind: "refused", message };
    }
    if (username === "") return { kind: "refused", message: "Authentication failed: username not specified" };
    if (password === "") return { kind: "refused", message: "Authentication failed: password not specified" };
    const known = users.get(username);
    if (known === undefined || !isSame(known.password, password)) {
      return { kind: "refused", message: "Authentication failed: Invalid username or password" };
    }
    if (identity !== "" && identity !== username) return otherIdentity;
    return { kind: "answer", bytes: Buffer.alloc(0), isLast: true };
  };
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
