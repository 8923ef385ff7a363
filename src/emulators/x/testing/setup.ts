/**
 * What the emulator's tests set up: large posts, ledgers read over HTTP, waiting until nothing moves.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LedgerRow } from "../ledger.ts";
import { startXEmulator, type XEmulator, type XEmulatorOptions } from "../start.ts";
import { highWaterBytes } from "../stream-connection.ts";

export const rulesPath = "/2/tweets/search/stream/rules";
export const streamPath = "/2/tweets/search/stream";
/** Matches every generated post. */
export const anyPost = "python OR BTS OR typescript OR kafka";

/** Without posts, or with `count` generated ones at max rate. */
export function start(options: Partial<XEmulatorOptions> & { count?: number } = {}): Promise<XEmulator> {
  const { count = 0, ...rest } = options;
  return startXEmulator({
    source: { kind: "generated", count, ratePerSecond: "max" },
    settleMs: 20,
    ...rest,
  });
}

/** Posts so large that a few fill every buffer between the emulator and a reader that does not read. */
export async function largePosts(folder: string, count: number): Promise<XEmulatorOptions["source"]> {
  const file = join(folder, `large-${count}.ndjson`);
  const text = `word ${"é".repeat(10_000)}`;
  const posts = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ data: { id: `${5000 + i}`, text } }),
  );
  await writeFile(file, posts.join("\n"));
  return { kind: "replay", file, ratePerSecond: "max" };
}

/** Resolves when nothing is played at max rate any more, because all buffers are full, with the posts played. */
export async function untilStill(x: XEmulator): Promise<number> {
  const isFull = () => x.counters().apps.some(({ connections }) => connections.queuedBytes >= highWaterBytes);
  let played = -1;
  while (!isFull() || played !== x.counters().posts.played) {
    played = x.counters().posts.played;
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return played;
}

/** `GET /ledger` of the control port. */
export async function ledgerOf(controlUrl: string, query = ""): Promise<LedgerRow[]> {
  const response = await fetch(`${controlUrl}/ledger${query}`);
  const type = response.headers.get("content-type");
  if (type?.startsWith("application/x-ndjson") !== true) throw new Error(`the ledger came as ${type}`);
  const text = await response.text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LedgerRow);
}
