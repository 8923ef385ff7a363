/**
 * What a client may need to be let in by a cluster, beside its addresses.
 */
import type { TlsMaterial } from "../kernel/tls.ts";

/** How a user name and a password are shown to the brokers (RFC 4616, RFC 5802, RFC 7677). */
export interface KafkaCredentials {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

export interface ConnectionProtection {
  /** Null: plain TCP. */
  readonly tls: TlsMaterial | null;
  /** Null: nobody logs in. */
  readonly sasl: KafkaCredentials | null;
}
