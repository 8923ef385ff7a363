/**
 * A registry's address, and the credentials that go with it: never in the address, which is shown.
 */
import { RegistryError } from "./error.ts";

export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  /** A bearer token (RFC 6750). */
  | { readonly token: string };

/**
 * Scheme, host, port and base path, without a slash at the end. Throws RegistryError `invalid-registry-address`; the
 * message does not repeat the text, which may hold a password.
 */
export function parseRegistryAddress(text: string): string {
  const parsed = URL.parse(text);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new RegistryError(
      "invalid-registry-address",
      "the registry's address is no http or https URL, such as http://localhost:8081",
    );
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new RegistryError(
      "invalid-registry-address",
      "the registry's address holds credentials, which belong elsewhere: an address is shown",
    );
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`.replace(/\/+$/, "");
}

/** One address or several with commas, none of them twice. Throws RegistryError `invalid-registry-address`. */
export function parseRegistryAddresses(text: string): readonly string[] {
  return [...new Set(text.split(",").map((part) => parseRegistryAddress(part.trim())))];
}

/** The value of an Authorization header (RFC 7617, RFC 6750). */
export function authorization(credentials: RegistryCredentials): string {
  if ("token" in credentials) return `Bearer ${credentials.token}`;
  const { username, password } = credentials;
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
