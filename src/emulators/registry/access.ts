/**
 * Who may ask the registry at all: basic credentials (RFC 7617) and bearer tokens (RFC 6750), refused in the words of
 * Confluent's servers. Stands before every route, so that whoever is not let in does not learn what there is.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface RegistryUser {
  readonly username: string;
  readonly password: string;
  /** Reads and changes nothing. Default false. */
  readonly isReadOnly?: boolean;
}

export interface RegistryAccess {
  readonly users?: readonly RegistryUser[];
  readonly tokens?: readonly string[];
}

export interface Denial {
  readonly status: 401 | 403;
  readonly errorCode: 40101 | 40301;
  readonly message: string;
}

export const challenge = 'Basic realm="Schema Registry", Bearer';

/** Null for a request that may go on. */
export function denialOf(access: RegistryAccess, request: IncomingMessage): Denial | null {
  const given = request.headers.authorization ?? "";
  if ((access.tokens ?? []).some((token) => isSame(given, `Bearer ${token}`))) return null;
  const user = (access.users ?? []).find(({ username, password }) =>
    isSame(given, `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`),
  );
  if (user === undefined) return { status: 401, errorCode: 40101, message: "Unauthorized" };
  if (user.isReadOnly !== true || !changes(request)) return null;
  const [, subject] = /\/(?:subjects|config|mode)\/([^/?]+)/.exec(request.url ?? "") ?? [];
  const where = subject === undefined ? "" : ` on Subject: ${subject}`;
  return { status: 403, errorCode: 40301, message: `User is denied operation Write${where}` };
}

/** Looking a schema up, and asking whether it would be taken, are POST and change nothing. */
function changes({ method, url = "" }: IncomingMessage): boolean {
  if (method === "GET") return false;
  return method !== "POST" || (/\/versions(\?|$)/.test(url) && !url.startsWith("/compatibility/"));
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
