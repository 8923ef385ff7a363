/**
 * What every SASL mechanism of the broker is: an exchange of tokens (RFC 4422) that ends in a name or in a refusal.
 */
export const saslMechanisms = ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

export interface SaslUser {
  readonly username: string;
  readonly password: string;
}

export type SaslStep =
  | {
      readonly kind: "answer";
      readonly bytes: Buffer;
      /** True once the client has shown who it is. */
      readonly isLast: boolean;
    }
  /** In Kafka's words. */
  | { readonly kind: "refused"; readonly message: string };

/** Takes the client's next token. */
export type SaslExchange = (token: Buffer) => SaslStep;

export const otherIdentity: SaslStep = {
  kind: "refused",
  message: "Authentication failed: Client requested an authorization id that is different from username",
};
