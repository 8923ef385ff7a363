/**
 * The control port, which X does not have: `GET /ledger` (NDJSON, `?state=matched|written|settled`) and
 * `GET /counters`; `GET` and `POST /faults` are control-faults.ts's.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { sendReply } from "../exchange.ts";
import type { LedgerReader } from "../ledger.ts";
import { type LedgerState, ledgerStates } from "../ledger-row.ts";
import { notFound } from "../problems.ts";
import type { FaultReader } from "../scenarios/engine.ts";
import { getFaults, postFaults } from "./control-faults.ts";

export interface ControlFace<Counters> {
  readonly ledger: LedgerReader;
  readonly counters: () => Counters;
  readonly faults: FaultReader;
}

const rowsAWrite = 256;

export async function handleControl<Counters>(
  face: ControlFace<Counters>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://emulator");
  if (url.pathname === "/faults" && request.method === "POST") {
    return sendReply(response, await postFaults(face.faults, request), null);
  }
  if (request.method !== "GET") return sendReply(response, notFound, null);
  if (url.pathname === "/counters") return sendReply(response, { status: 200, body: face.counters() }, null);
  if (url.pathname === "/faults") return sendReply(response, getFaults(face.faults), null);
  if (url.pathname === "/ledger") return sendLedger(face.ledger, url.searchParams.get("state"), response);
  sendReply(response, notFound, null);
}

async function sendLedger(
  ledger: LedgerReader,
  wanted: string | null,
  response: ServerResponse,
): Promise<void> {
  const state = ledgerStates.find((known) => known === wanted);
  if (wanted !== null && state === undefined) {
    const detail = `state is one of ${ledgerStates.join(", ")}, not ${wanted}`;
    return sendReply(
      response,
      { status: 400, body: { title: "Invalid Request", status: 400, detail } },
      null,
    );
  }
  response.writeHead(200, { "content-type": "application/x-ndjson; charset=utf-8" });
  // A reader that leaves in the middle is no one's failure.
  await pipeline(Readable.from(printRows(ledger, state), { highWaterMark: 1 }), response).catch(() => {});
}

async function* printRows(ledger: LedgerReader, state: LedgerState | undefined): AsyncGenerator<string> {
  let lines = "";
  let held = 0;
  for await (const row of ledger.rows(state === undefined ? {} : { state })) {
    lines += `${JSON.stringify(row)}\n`;
    if (++held < rowsAWrite) continue;
    yield lines;
    lines = "";
    held = 0;
  }
  if (held > 0) yield lines;
}
