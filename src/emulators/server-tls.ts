/**
 * How an emulator serves TLS.
 */
import type { TlsOptions } from "node:tls";

/** PEM texts. */
export interface ServerTls {
  /** The server's certificate, with the chain up to its authority. */
  readonly cert: string;
  readonly key: string;
  /** Lets in only who shows a certificate of this authority (mTLS). */
  readonly clientCa?: string;
}

export function serverTlsOptions({ cert, key, clientCa }: ServerTls): TlsOptions {
  if (clientCa === undefined) return { cert, key };
  return { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}
