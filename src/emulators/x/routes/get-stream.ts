/**
 * `GET /2/tweets/search/stream`: the filtered stream. The checks come in X's order: parameters, rate, rules,
 * connections. Source: x-api facts 1.2 to 1.5.
 */
import type { XApp } from "../app.ts";
import { chooseCoding, createBodyEncoder } from "../body-encoder.ts";
import { checkNames, invalid, readInteger, readList } from "../check-query.ts";
import { type Exchange, headersOf, type Reply, sendReply } from "../exchange.ts";
import { fieldParameters, fieldValues } from "../fields.ts";
import { type InvalidParameter, invalidRequest, noRules, tooManyConnections } from "../problems.ts";
import { createProjection, type FieldQuery } from "../projection.ts";
import { createStreamConnection } from "../stream-connection.ts";

const knownParameters = [...fieldParameters, "backfill_minutes", "start_time", "end_time"];

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
  checkRecovery(app, query, problems);
  if (problems.length > 0) return invalidRequest(problems);
  if (app.rules.rules.length === 0) return noRules;
  if (app.connections.counted >= app.limits.connections) return tooManyConnections;

  const verdict = await app.faults.connect(app, exchange);
  if (verdict.kind === "taken") return null;
  if (verdict.kind === "reply") {
    sendReply(response, verdict.reply, window, verdict.headers);
    return null;
  }
  // A fault may have kept the client waiting.
  if (app.connections.counted >= app.limits.connections) return tooManyConnections;
  const { script } = verdict;
  const { socket } = response;
  if (socket === null || socket.destroyed) return null;
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
  const number = app.connections.opened + 1;
  app.connections.add(
    createStreamConnection({
      socket,
      number,
      project: createProjection(fields),
      encoder: createBodyEncoder(coding, app.cut),
      ledger: app.ledger.connect(number),
      clock: app.clock,
      keepAliveMs: app.keepAliveMs,
      script,
      onClose(connection) {
        app.connections.remove(connection, app.clock.now());
        app.log.debug(`X stream ${number} closed`);
      },
    }),
  );
  app.log.debug(`X stream ${number} opened`, { coding });
  app.onStream();
  return null;
}

function checkRecovery({ limits, log }: XApp, query: URLSearchParams, problems: InvalidParameter[]): void {
  readInteger(query, "backfill_minutes", { min: 0, max: 5 }, problems);
  for (const name of ["backfill_minutes", "start_time", "end_time"]) {
    const value = query.get(name);
    if (value === null) continue;
    if (!limits.backfill) {
      problems.push(
        invalid(name, [value], `The query parameter [${name}] is not available at your access level`),
      );
    } else if (name !== "backfill_minutes" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) {
      problems.push(
        invalid(name, [value], `Invalid '${name}':'${value}'. '${name}' must be YYYY-MM-DDTHH:mm:ssZ`),
      );
    } else log.warn(`the X emulator keeps no past posts: ${name} is accepted and nothing is sent again`);
  }
}
