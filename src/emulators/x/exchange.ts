/**
 * One request and its answer in X's form: headers, rate-limit headers, JSON bodies.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { describeCause } from "../../kernel/error.ts";
import { invalidRequest, type Problem } from "./problems.ts";
import type { WindowState } from "./rate-window.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** What the rate-limit headers say. */
  readonly window: WindowState;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const maxBodyBytes = 16 * 1024 * 1024;

export function headersOf(window: WindowState | null): Record<string, string> {
  return {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-cache, no-store, max-age=0",
    "api-version": "2.166",
    ...(window === null
      ? {}
      : {
          "x-rate-limit-limit": String(window.limit),
          "x-rate-limit-remaining": String(window.remaining),
          "x-rate-limit-reset": String(window.reset),
        }),
  };
}

export function sendReply(
  response: ServerResponse,
  { status, body }: Reply,
  window: WindowState | null,
  changes: Readonly<Record<string, string | null>> = {},
): void {
  // Text is a page of whoever stands before X; X itself answers in JSON.
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = Object.entries({ ...headersOf(window), ...changes }).filter(([, value]) => value !== null);
  response.writeHead(status, {
    ...(Object.fromEntries(headers) as Record<string, string>),
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

export type ReadBody =
  | { readonly kind: "json"; readonly value: unknown }
  | ({ readonly kind: "refused" } & Problem);

/** The request's JSON; an empty body is an empty object. */
export async function readJsonBody(request: IncomingMessage): Promise<ReadBody> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Buffer).length;
    if (bytes <= maxBodyBytes) pieces.push(piece as Buffer);
  }
  if (bytes > maxBodyBytes) {
    const body = {
      title: "Payload Too Large",
      type: "about:blank",
      status: 413,
      detail: "Payload Too Large",
    };
    return { kind: "refused", status: 413, body };
  }
  const text = Buffer.concat(pieces).toString();
  if (text.trim() === "") return { kind: "json", value: {} };
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch (error) {
    return {
      kind: "refused",
      ...invalidRequest([{ message: `Invalid JSON: ${describeCause(error)}`, parameters: {} }]),
    };
  }
}
