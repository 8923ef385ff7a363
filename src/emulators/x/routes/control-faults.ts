/**
 * `GET /faults`: where scenarios struck. `POST /faults` with `{"scenario": "rst@after=5"}`: lets one strike from now
 * on. X has neither.
 */

import type { IncomingMessage } from "node:http";
import { isJsonObject } from "../../../kernel/json.ts";
import { EmulatorError } from "../../listen.ts";
import { type Reply, readJsonBody } from "../exchange.ts";
import { invalidRequest } from "../problems.ts";
import type { FaultReader } from "../scenarios/engine.ts";

export function getFaults(faults: FaultReader): Reply {
  return { status: 200, body: { ...faults.counters(), faults: faults.struck } };
}

export async function postFaults(faults: FaultReader, request: IncomingMessage): Promise<Reply> {
  const body = await readJsonBody(request);
  if (body.kind === "refused") return body;
  const scenario = isJsonObject(body.value) ? body.value.scenario : undefined;
  if (typeof scenario !== "string") {
    return invalidRequest([{ message: 'the body is {"scenario": "NAME[@PARAMETER=N]..."}', parameters: {} }]);
  }
  try {
    faults.play(scenario);
  } catch (error) {
    if (!(error instanceof EmulatorError)) throw error;
    return invalidRequest([{ message: error.message, parameters: { scenario: [scenario] } }]);
  }
  return { status: 202, body: { ...faults.counters() } };
}
