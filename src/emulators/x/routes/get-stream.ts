/**
 * `GET /2/tweets/search/stream`: the filtered stream. The checks come in X's order: rate, parameters, usage, rules,
 * connections. Source: x-api facts 1.2 to 1.5.
 */
import type { XApp } from "../app.ts";
import { chooseCoding, createBodyEncoder } from "../body-encoder.ts";
import { catchUp } from "../catch-up.ts";
import { checkNames, readList } from "../check-query.ts";
import { type Exchange, headersOf, type Reply, sendReply } from "../exchange.ts";
import { fieldParameters, fieldValues } from "../fields.ts";
import {
  creditsDepleted,
  invalidRequest,
  noRules,
  type Problem,
  tooManyConnections,
  usageCapExceeded,
} from "../problems.ts";
import { createProjection, type FieldQuery } from "../projection.ts";
import { type PastQuery, pastParameters, readPastQuery } from "../read-past-query.ts";
import { createStreamConnection } from "../stream-connection.ts";

const knownParameters = [...fieldParameters, ...pastParameters];

/** Null once the stream is open: then there is nothing to reply. */
export async function getStream(app: XApp, exchange: Exchange): Promise<Reply | null> {
  const { request, response, query, window } = exchange;
  const problems = checkNames(query, knownParameters);
  const fields: FieldQuery = Object.fromEntries(
    fieldParameters.flatMap((name) => {
      const values = readList(query, name, fieldValues[name], problems);
      return values === undefined ? [] : [[name, values]];
    }),
  );
  const past = readPastQuery(app, query, problems);
  if (problems.length > 0) return invalidRequest(problems);
  const refusal = checkState(app, past);
  if (refusal !== null) return refusal;

  const verdict = await app.faults.connect(app, exchange);
  if (verdict.kind === "taken") return null;
  if (verdict.kind === "reply") {
    sendReply(response, verdict.reply, window, verdict.headers);
    return null;
  }
  // A fault may have kept the client waiting.
  const late = checkState(app, past);
  if (late !== null) return late;
  const { script } = verdict;
  const { socket } = response;
  if (socket === null || socket.destroyed) return null;
  makeRoom(app, past);
  const offered = app.cut === undefined ? chooseCoding(request.headers["accept-encoding"]) : "identity";
  const coding = script?.coding ?? offered;
  response.writeHead(200, {
    ...headersOf(window),
    "transfer-encoding": "chunked",
    connection: "close",
    ...(coding === "identity" ? {} : { "content-encoding": coding }),
  });
  // From here on the chunks are ours: Node's would be one for each write.
  response.flushHeaders();
  const number = app.nextConnection();
  const connection = createStreamConnection({
    socket,
    number,
    project: createProjection(fields),
    encoder: createBodyEncoder(coding, app.cut),
    ledger: app.ledger.connect(number, app.number),
    clock: app.clock,
    keepAliveMs: app.keepAliveMs,
    script,
    maxQueuedBytes: app.throttled ? app.limits.maxQueuedBytes : null,
    slowReaderNotice: app.slowReaderNotice,
    onClose(closed, reason) {
      app.connections.remove(closed, reason);
      app.log.debug(`X stream ${number} closed`, { reason });
    },
  });
  const isRecovery = past.kind === "recovery";
  app.connections.add(connection, { kind: isRecovery ? "recovery" : "stream", live: past.kind === "none" });
  app.log.debug(`X stream ${number} opened`, { coding });
  if (past.kind === "none") app.onStream();
  else void catchUp(app, connection, past);
  return null;
}

function checkState(app: XApp, past: PastQuery): Problem | null {
  const { usage, rules, connections, limits } = app;
  if (usage.state === "credits-depleted") return creditsDepleted;
  if (usage.state === "usage-capped") return usageCapExceeded(app.id);
  if (rules.rules.length === 0) return noRules;
  if (past.kind === "recovery") {
    return connections.recoveries >= limits.recoveryJobs ? tooManyConnections : null;
  }
  return app.policy === "refuse" && connections.size >= limits.connections ? tooManyConnections : null;
}

/** Where a new stream replaces an old one: ghosts and streams go, oldest first, until there is a place. */
function makeRoom({ policy, connections, limits }: XApp, past: PastQuery): void {
  if (policy === "refuse" || past.kind === "recovery") return;
  for (const { id, kind, state } of connections.records()) {
    if (connections.size < limits.connections) return;
    if (kind === "stream" && state !== "closed") connections.kill(id, "ForceDisconnect");
  }
}
