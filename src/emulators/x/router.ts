/**
 * The API's paths as data, and what every request goes through first: the token, which names the app, and then the app's
 * rate window.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { XApp } from "./app.ts";
import { type Exchange, type Reply, sendReply } from "./exchange.ts";
import {
  notFound,
  type Problem,
  tooManyRequests,
  unauthorized,
  unsupportedAuthentication,
} from "./problems.ts";
import type { WindowName } from "./rate-window.ts";
import { deleteAllConnections, deleteConnections, killNothing } from "./routes/delete-connections.ts";
import { getConnections, streamEndpoints } from "./routes/get-connections.ts";
import { getRules } from "./routes/get-rules.ts";
import { getRulesCounts } from "./routes/get-rules-counts.ts";
import { getStream } from "./routes/get-stream.ts";
import { getUsage } from "./routes/get-usage.ts";
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
  ["GET /2/tweets/search/stream/rules/counts", { window: "countRules", handle: getRulesCounts }],
  ["GET /2/connections", { window: "other", handle: getConnections }],
  ["DELETE /2/connections", { window: "killConnections", handle: deleteConnections }],
  ["DELETE /2/connections/all", { window: "killConnections", handle: deleteAllConnections }],
  ...streamEndpoints.map((endpoint): [string, Route] => [
    `DELETE /2/connections/${endpoint}`,
    {
      window: "killConnections",
      handle: (app) => (endpoint === "filtered_stream" ? deleteAllConnections(app) : killNothing()),
    },
  ]),
  ["GET /2/usage/tweets", { window: "usage", handle: getUsage }],
]);

export async function handleRequest(
  apps: readonly XApp[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://emulator");
  const route = routes.get(`${request.method} ${url.pathname}`);
  if (route === undefined) return sendReply(response, notFound, null);
  const app = findApp(apps, request.headers.authorization);
  if ("status" in app) return sendReply(response, app, null);
  // Other times in the answer are by this clock, and clients read them against the date.
  response.setHeader("date", new Date(app.clock.now()).toUTCString());
  const window = app.windows[route.window].take();
  if (!window.allowed) return sendReply(response, tooManyRequests, window);
  const exchange: Exchange = { request, response, query: url.searchParams, window };
  const verdict = route.isRules === true ? await app.faults.call(app, exchange) : ({ kind: "pass" } as const);
  if (verdict.kind === "taken") return;
  if (verdict.kind === "reply") return sendReply(response, verdict.reply, window, verdict.headers);
  const reply = await route.handle(verdict.app ?? app, exchange);
  if (reply !== null) sendReply(response, verdict.amend?.(reply) ?? reply, window);
}

function findApp(apps: readonly XApp[], authorization: string | undefined): XApp | Problem {
  const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/.exec(authorization?.trim() ?? "") ?? [];
  if (scheme.toLowerCase() === "oauth") return unsupportedAuthentication;
  if (scheme.toLowerCase() !== "bearer" || credentials === "") return unauthorized;
  return apps.find(({ token }) => token === undefined || token === credentials) ?? unauthorized;
}
