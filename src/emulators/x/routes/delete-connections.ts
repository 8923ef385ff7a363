/**
 * `DELETE /2/connections`, `/2/connections/all`, `/2/connections/filtered_stream`: X's own cure for connections that
 * it still counts. Source: x-api facts 1.1.
 */
import { isJsonObject } from "../../../kernel/json.ts";
import type { XApp } from "../app.ts";
import { type Exchange, type Reply, readJsonBody } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";

const maxUuids = 100;

export function deleteAllConnections({ connections }: XApp): Reply {
  return kill({ connections }, [...Array.from(connections, ({ id }) => id), ...connections.ghosts.keys()]);
}

export async function deleteConnections(app: XApp, { request }: Exchange): Promise<Reply> {
  const body = await readJsonBody(request);
  if (body.kind === "refused") return body;
  const uuids = isJsonObject(body.value) ? body.value.uuids : undefined;
  const isList = Array.isArray(uuids) && uuids.every((uuid) => typeof uuid === "string");
  if (!isList || uuids.length === 0 || uuids.length > maxUuids) {
    return invalidRequest([
      { message: `\`uuids\` must be a list of 1 to ${maxUuids} ids`, parameters: { uuids: [] } },
    ]);
  }
  return kill(app, uuids);
}

function kill({ connections }: Pick<XApp, "connections">, uuids: readonly string[]): Reply {
  const results = uuids.map((uuid) => {
    const connection = connections.find(uuid);
    const layGhost = connections.ghosts.get(uuid);
    if (layGhost !== undefined) {
      layGhost();
      return { uuid, success: true };
    }
    if (connection === undefined) return { uuid, success: false, error_message: "Connection not found" };
    void connection.end();
    return { uuid, success: true };
  });
  const killed = results.filter(({ success }) => success).length;
  return {
    status: 200,
    body: { data: { successful_kills: killed, failed_kills: results.length - killed, results } },
  };
}
