/**
 * What a TLS connection needs beside an address, and how its failures are told apart: by the code of Node's error,
 * which is OpenSSL's name for a certificate that does not verify (X509_V_ERR_...) or for an alert (RFC 8446, 6.2).
 */
import { isNativeError } from "node:util/types";
import { describeCause } from "./error.ts";

/** PEM texts. */
export interface TlsMaterial {
  /** Authorities to trust instead of the ones that Node trusts. */
  readonly ca?: string;
  /** Our own certificate, with the chain up to its authority, for servers that ask for one. */
  readonly cert?: string;
  readonly key?: string;
  /** Of an encrypted key. */
  readonly passphrase?: string;
}

export type TlsFailure =
  /** The server's certificate is past its time, or its time has not come. */
  | "expired"
  /** It is for other names than the one we called. */
  | "wrong-host"
  /** It is signed by an authority we do not trust, or does not verify for another reason. */
  | "unknown-authority"
  /** The server asks for a certificate of ours and got none, or one that it does not take. */
  | "client-certificate"
  /** What answers does not speak TLS. */
  | "not-tls"
  /** Any other reason why the two did not agree. */
  | "handshake";

const failures: readonly (readonly [RegExp, TlsFailure])[] = [
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "expired"],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|ERR_TLS_CERT_ALTNAME_FORMAT|HOSTNAME_MISMATCH)$/, "wrong-host"],
  [
    /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/,
    "unknown-authority",
  ],
  [
    /_ALERT_(CERTIFICATE_\w+|BAD_CERTIFICATE|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)$/,
    "client-certificate",
  ],
  [/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE)$/, "not-tls"],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$)/, "handshake"],
];

/** OpenSSL's own number of an error, where Node keeps it in the text alone: library, reason (openssl/err.h). */
const openSslError = /error:([0-9A-F]{8}):[^:]*:[^:]*:([^:]+)/;
/** Reasons of the library "ssl" (openssl/sslerr.h): those of alerts are 1000 and the number of the alert. */
const failureOfReason: ReadonlyMap<number, TlsFailure> = new Map([
  [267, "not-tls"],
  ...[42, 43, 44, 45, 46, 48, 49, 116].map((alert) => [1000 + alert, "client-certificate"] as const),
]);

/** How TLS failed; null for an error that is not of TLS. */
export function tlsFailureOf(thrown: unknown): TlsFailure | null {
  const code = systemCodeOf(thrown);
  const failure = failures.find(([pattern]) => pattern.test(code))?.[1] ?? null;
  if (failure !== "handshake" || !isNativeError(thrown)) return failure;
  const [, number = "0"] = openSslError.exec(thrown.message) ?? [];
  return failureOfReason.get(Number.parseInt(number, 16) & 0x7f_ffff) ?? failure;
}

/** The code that Node put on an error, or an empty text. */
export function systemCodeOf(thrown: unknown): string {
  return isNativeError(thrown) && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/** Why TLS failed, short: Node adds where in OpenSSL it happened, and advice that is not ours. */
export function describeTlsError(thrown: unknown): string {
  const { reason, cert } = Object(thrown) as { reason?: unknown; cert?: { subjectaltname?: unknown } };
  const names = cert?.subjectaltname;
  if (tlsFailureOf(thrown) === "wrong-host" && typeof names === "string") return `it is for ${names}`;
  const text = describeCause(thrown);
  const said = typeof reason === "string" ? reason : openSslError.exec(text)?.[2];
  return said ?? text.split(/[;\n]/, 1)[0] ?? text;
}

/** What is at fault, to follow the server's name. */
export const tlsFailureSentences: Readonly<Record<TlsFailure, string>> = {
  expired: "has a certificate that is not valid now",
  "wrong-host": "has a certificate for another host",
  "unknown-authority": "has a certificate that cannot be trusted",
  "client-certificate": "asks for a client certificate that it trusts",
  "not-tls": "does not speak TLS",
  handshake: "did not agree on a TLS connection",
};
