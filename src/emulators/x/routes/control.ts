/**
 * The control port, which X does not have, as data: `GET /` lists what it can do.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { XApp } from "../app.ts";
import { getAllConnections } from "../control/get-connections.ts";
import { type PostDesk, postPosts } from "../control/post-posts.ts";
import { postReset } from "../control/post-reset.ts";
import { refuse } from "../control/refuse.ts";
import { sendLedger } from "../control/send-ledger.ts";
import type { XCounters } from "../counters.ts";
import { type Reply, sendReply } from "../exchange.ts";
import type { Ledger } from "../ledger.ts";
import type { FaultReader } from "../scenarios/engine.ts";
import { getFaults, postFaults } from "./control-faults.ts";

export interface ControlFace extends PostDesk {
  readonly apps: readonly XApp[];
  readonly ledger: Ledger;
  readonly counters: () => XCounters;
  readonly faults: FaultReader;
}

interface ControlExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

interface ControlRoute {
  readonly does: string;
  readonly handle: (face: ControlFace, exchange: ControlExchange) => Reply | Promise<Reply | null>;
}

/** Method and path. */
const controlRoutes: ReadonlyMap<string, ControlRoute> = new Map<string, ControlRoute>([
  ["GET /", { does: "this list", handle: () => ({ status: 200, body: listRoutes() }) }],
  [
    "GET /counters",
    {
      does: "posts, streams, rules, usage: of all apps and of each",
      handle: ({ counters }) => ({ status: 200, body: counters() }),
    },
  ],
  [
    "GET /ledger",
    {
      does: "one JSON object a line for each post and stream; ?state=matched|written|settled, ?app=N, ?connection=N",
      handle: ({ ledger }, { query, response }) => sendLedger(ledger, query, response),
    },
  ],
  [
    "GET /connections",
    {
      does: "every stream, open, ghost or closed, with its queue and counts",
      handle: ({ apps }) => getAllConnections(apps),
    },
  ],
  [
    "POST /posts",
    {
      does: 'plays a post at once: {"text": "..."}, a whole v2 message {"data": ...}, or a list of them',
      handle: (face, exchange) => postPosts(face, exchange),
    },
  ],
  ["GET /faults", { does: "where scenarios struck", handle: ({ faults }) => getFaults(faults) }],
  [
    "POST /faults",
    {
      does: 'lets a scenario strike from now on: {"scenario": "rst@after=5"}',
      handle: ({ faults }, { request }) => postFaults(faults, request),
    },
  ],
  [
    "POST /reset",
    {
      does: "cuts streams and forgets rules, usage, rate windows, past posts, ledger; ?keep=rules,...",
      handle: (face, { query }) => postReset(face, query),
    },
  ],
]);

export async function handleControl(
  face: ControlFace,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://emulator");
  const route = controlRoutes.get(`${request.method} ${url.pathname}`);
  const reply =
    route === undefined
      ? refuseUnknown(request.method ?? "", url.pathname)
      : await route.handle(face, { request, response, query: url.searchParams });
  if (reply !== null) sendReply(response, reply, null);
}

function refuseUnknown(method: string, path: string): Reply {
  const known = Array.from(controlRoutes.keys()).filter((name) => name.endsWith(` ${path}`));
  if (known.length > 0) return refuse(`${method} ${path} is not known: use ${known.join(" or ")}`, 405);
  return refuse(`${path} is not known: GET / lists what is`, 404);
}

function listRoutes(): unknown {
  return { routes: Object.fromEntries(Array.from(controlRoutes, ([name, { does }]) => [name, does])) };
}
