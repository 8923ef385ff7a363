/**
 * A registry's address: a base URL, with the credentials taken out of it so that they are never shown.
 */
import { RegistryError } from "./error.ts";

export interface RegistryAddress {
  /** Scheme, host, port and base path, without a slash at the end and without credentials. */
  readonly url: string;
  /** Basic credentials that stood in the URL. */
  readonly auth: BasicAuth | null;
}

export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/** Throws RegistryError `invalid-registry-address`; the message does not repeat the text, which may hold a password. */
export function parseRegistryAddress(text: string): RegistryAddress {
  const parsed = URL.parse(text);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new RegistryError(
      "invalid-registry-address",
      "the registry's address is no http or https URL, such as http://localhost:8081",
    );
  }
  const { username, password } = parsed;
  return {
    url: `${parsed.protocol}//${parsed.host}${parsed.pathname}`.replace(/\/+$/, ""),
    auth: username === "" ? null : { username: decode(username), password: decode(password) },
  };
}

/** The value of an Authorization header (RFC 7617). */
export function basicAuthorization({ username, password }: BasicAuth): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
