/**
 * The API's paths as data, and what every request goes through first: the token, and then the rate window.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { WindowName, XApp } from "./app.ts";
import { type Exchange, type Reply, sendReply } from "./exchange.ts";
import { notFound, tooManyRequests, unauthorized, unsupportedAuthentication } from "./problems.ts";
import { deleteAllConnections, deleteConnections } from "./routes/delete-connections.ts";
import { getConnections } from "./routes/get-connections.ts";
import { getRules } from "./routes/get-rules.ts";
import { getRulesCounts } from "./routes/get-rules-counts.ts";
import { getStream } from "./routes/get-stream.ts";
import { postRules } from "./routes/post-rules.ts";

interface Route {
  readonly window: WindowName;
  readonly handle: (app: XApp, exchange: Exchange) => Reply | null | Promise<Reply | null>;
  /** Faults of the rules endpoint strike here. */
  readonly isRules?: true;
}

/** Method and path. */
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["GET /2/tweets/search/stream", { window: "connect", handle: getStream }],
  ["GET /2/tweets/search/stream/rules", { window: "readRules", handle: getRules, isRules: true }],
  ["POST /2/tweets/search/stream/rules", { window: "writeRules", handle: postRules, isRules: true }],
  ["GET /2/tweets/search/stream/rules/counts", { window: "readRules", handle: getRulesCounts }],
  ["GET /2/connections", { window: "other", handle: getConnections }],
  ["DELETE /2/connections", { window: "other", handle: deleteConnections }],
  ["DELETE /2/connections/all", { window: "other", handle: deleteAllConnections }],
  ["DELETE /2/connections/filtered_stream", { window: "other", handle: deleteAllConnections }],
]);

export async function handleRequest(
  app: XApp,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://emulator");
  const route = routes.get(`${request.method} ${url.pathname}`);
  const refusal = route === undefined ? notFound : checkToken(app, request.headers.authorization);
  if (route === undefined || refusal !== null) return sendReply(response, refusal ?? notFound, null);
  const window = app.windows[route.window].take();
  if (!window.allowed) return sendReply(response, tooManyRequests, window);
  const exchange: Exchange = { request, response, query: url.searchParams, window };
  const verdict = route.isRules === true ? await app.faults.call(app, exchange) : ({ kind: "pass" } as const);
  if (verdict.kind === "taken") return;
  if (verdict.kind === "reply") return sendReply(response, verdict.reply, window, verdict.headers);
  const reply = await route.handle(verdict.app ?? app, exchange);
  if (reply !== null) sendReply(response, verdict.amend?.(reply) ?? reply, window);
}

function checkToken({ token }: XApp, authorization: string | undefined) {
  const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/.exec(authorization?.trim() ?? "") ?? [];
  if (scheme.toLowerCase() === "oauth") return unsupportedAuthentication;
  const accepted = token === undefined ? credentials !== "" : credentials === token;
  return scheme.toLowerCase() === "bearer" && accepted ? null : unauthorized;
}
