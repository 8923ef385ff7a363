/**
 * `GET /ledger` of the control port: NDJSON, one row for each post and connection; `?state=`, `?app=` and
 * `?connection=` leave out the others.
 */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Reply } from "../exchange.ts";
import type { LedgerFilter, LedgerReader } from "../ledger.ts";
import { ledgerStates } from "../ledger-row.ts";
import { refuse } from "./refuse.ts";

const rowsAWrite = 256;

/** Null once it was sent. */
export async function sendLedger(
  ledger: LedgerReader,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<Reply | null> {
  const filter = readFilter(query);
  if (typeof filter === "string") return refuse(filter);
  response.writeHead(200, { "content-type": "application/x-ndjson; charset=utf-8" });
  // A reader that leaves in the middle is no one's failure.
  await pipeline(Readable.from(printRows(ledger, filter), { highWaterMark: 1 }), response).catch(() => {});
  return null;
}

function readFilter(query: URLSearchParams): LedgerFilter | string {
  const wanted = query.get("state");
  const state = ledgerStates.find((known) => known === wanted);
  if (wanted !== null && state === undefined) {
    return `state is one of ${ledgerStates.join(", ")}, not ${wanted}`;
  }
  const [app, connection] = ["app", "connection"].map((name) => {
    const text = query.get(name);
    return text === null || /^[0-9]{1,9}$/.test(text) ? text : undefined;
  });
  if (app === undefined || connection === undefined) return "app and connection are numbers";
  return {
    ...(state === undefined ? {} : { state }),
    ...(app === null ? {} : { app: Number(app) }),
    ...(connection === null ? {} : { connection: Number(connection) }),
  };
}

async function* printRows(ledger: LedgerReader, filter: LedgerFilter): AsyncGenerator<string> {
  let lines = "";
  let held = 0;
  for await (const row of ledger.rows(filter)) {
    lines += `${JSON.stringify(row)}\n`;
    if (++held < rowsAWrite) continue;
    yield lines;
    lines = "";
    held = 0;
  }
  if (held > 0) yield lines;
}
