/**
 * How far a connection has come on its way through SASL, and what it may send at each step. As Apache Kafka's
 * SaslServerAuthenticator: first ApiVersions, once, if at all; then SaslHandshake; then tokens; then everything.
 */
import {
  type SaslExchange,
  type SaslMechanism,
  type SaslStep,
  type SaslUser,
  saslMechanisms,
} from "./mechanism.ts";
import { createPlainExchange } from "./plain.ts";
import { createScramExchange } from "./scram.ts";

export interface SaslOptions {
  readonly users: readonly SaslUser[];
  /** Default: all of them. */
  readonly mechanisms?: readonly SaslMechanism[];
}

export interface SaslSession {
  readonly state:
    | "fresh"
    /** Has asked for the versions, which it may do once. */
    | "greeted"
    /** Tokens come in SaslAuthenticate requests. */
    | "tokens"
    /** Tokens come without a request around them. */
    | "bare-tokens"
    | "authenticated"
    /** The connection ends after the answer. */
    | "failed";
  readonly mechanisms: readonly string[];
  /** What becomes of a request with that key: answered, answered with "illegal state" and closed, or just closed. */
  admit(apiKey: number): "answer" | "refuse" | "close";
  /** False for a mechanism that is not offered. */
  begin(mechanism: string, hasBareTokens: boolean): boolean;
  step(token: Buffer): SaslStep;
}

export interface SaslService {
  openSession(): SaslSession;
}

const handshakeKey = 17;
const versionsKey = 18;
const authenticateKey = 36;

export function createSaslService({ users: list, mechanisms = saslMechanisms }: SaslOptions): SaslService {
  const users = new Map(list.map((user) => [user.username, user]));
  const stored = { sha256: new Map(), sha512: new Map() };
  const open = (mechanism: SaslMechanism): SaslExchange => {
    switch (mechanism) {
      case "PLAIN":
        return createPlainExchange(users);
      case "SCRAM-SHA-256":
        return createScramExchange("sha256", users, stored.sha256);
      case "SCRAM-SHA-512":
        return createScramExchange("sha512", users, stored.sha512);
    }
  };
  const offered = saslMechanisms.filter((mechanism) => mechanisms.includes(mechanism));
  return { openSession: () => createSession(offered, open) };
}

function createSession(
  mechanisms: readonly SaslMechanism[],
  open: (mechanism: SaslMechanism) => SaslExchange,
): SaslSession {
  let state: SaslSession["state"] = "fresh";
  let exchange: SaslExchange | undefined;
  return {
    get state() {
      return state;
    },
    mechanisms,
    admit(apiKey) {
      switch (state) {
        case "fresh":
          if (apiKey === versionsKey) state = "greeted";
          return apiKey === versionsKey || apiKey === handshakeKey ? "answer" : "close";
        case "greeted":
          return apiKey === handshakeKey ? "answer" : "close";
        case "tokens":
          if (apiKey === authenticateKey) return "answer";
          state = "failed";
          return "refuse";
        case "authenticated":
          return "answer";
        case "bare-tokens":
        case "failed":
          return "close";
      }
    },
    begin(name, hasBareTokens) {
      const mechanism = mechanisms.find((candidate) => candidate === name);
      if (mechanism === undefined) {
        state = "failed";
        return false;
      }
      exchange = open(mechanism);
      state = hasBareTokens ? "bare-tokens" : "tokens";
      return true;
    },
    step(token) {
      if (exchange === undefined) throw new TypeError("no mechanism was chosen");
      const step = exchange(token);
      if (step.kind === "refused") state = "failed";
      else if (step.isLast) state = "authenticated";
      return step;
    },
  };
}
