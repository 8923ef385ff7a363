/**
 * `DELETE /2/connections`, `/2/connections/all`, `/2/connections/filtered_stream`: X's own cure for connections that
 * it still counts. Source: x-api facts 1.1.
 */
import { isJsonObject } from "../../../kernel/json.ts";
import type { XApp } from "../app.ts";
import { type Exchange, type Reply, readJsonBody } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";

const maxUuids = 100;

/** Ghosts too: that is what it is for. */
export function deleteAllConnections({ connections }: Pick<XApp, "connections">): Reply {
  const running = connections.records().filter(({ state }) => state !== "closed");
  return kill(
    { connections },
    running.map(({ id }) => id),
  );
}

/** Of an endpoint that the emulator does not have. */
export function killNothing(): Reply {
  return { status: 200, body: { data: { successful_kills: 0, failed_kills: 0, results: [] } } };
}

export async function deleteConnections(app: XApp, { request }: Exchange): Promise<Reply> {
  const body = await readJsonBody(request);
  if (body.kind === "refused") return body;
  const { uuids, ...rest } = isJsonObject(body.value) ? body.value : {};
  const isList =
    Object.keys(rest).length === 0 && Array.isArray(uuids) && uuids.every((uuid) => typeof uuid === "string");
  if (!isList || uuids.length === 0 || uuids.length > maxUuids) {
    return invalidRequest([
      { message: `\`uuids\` must be a list of 1 to ${maxUuids} ids`, parameters: { uuids: [] } },
    ]);
  }
  return kill(app, uuids);
}

function kill({ connections }: Pick<XApp, "connections">, uuids: readonly string[]): Reply {
  const results = uuids.map((uuid) => {
    if (connections.kill(uuid, "ForceDisconnect")) return { uuid, success: true };
    const known = connections.find(uuid) !== undefined;
    const message = known ? "Connection is not active" : "Connection not found";
    return { uuid, success: false, error_message: message };
  });
  const killed = results.filter(({ success }) => success).length;
  return {
    status: 200,
    body: { data: { successful_kills: killed, failed_kills: results.length - killed, results } },
  };
}
