/**
 * One request to one address and what came back, whatever it is. Over node:http and node:https: fetch would need
 * certificates from a package that has to be the very version inside of Node. Redirections are not followed:
 * credentials would go with them.
 */
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { text as readText } from "node:stream/consumers";
import { systemCodeOf, type TlsMaterial } from "../kernel/tls.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Exchanged {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
}

/** Undefined where nothing is to be said beside what Node does by itself. */
export function createTlsAgent(tls: TlsMaterial): Agent | undefined {
  return Object.keys(tls).length === 0 ? undefined : new Agent({ ...tls, keepAlive: true });
}

/** Rejects with Node's error. Repeated once when a kept connection turns out to have been closed. */
export async function exchange(
  target: string,
  content: string | undefined,
  options: RequestOptions,
  mayRepeat = options.method !== "DELETE",
): Promise<Exchanged> {
  const request = (target.startsWith("https:") ? httpsRequest : httpRequest)(target, options);
  try {
    return await new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => {
        const { statusCode: status = 0, headers } = response;
        const { "retry-after": retryAfter, location } = headers;
        readText(response).then((text) => resolve({ status, text, retryAfter, location }), reject);
      });
      request.end(content);
    });
  } catch (error) {
    const wasClosed = request.reusedSocket && systemCodeOf(error) === "ECONNRESET";
    if (!wasClosed || !mayRepeat) throw error;
    return await exchange(target, content, options, false);
  }
}
