/**
 * `POST /reset`: everything back to the start but the source, which goes on where it is: streams are cut, and rules,
 * usage, rate windows, past posts and the ledger are forgotten. `?keep=rules,usage` leaves some of it.
 */
import type { XApp } from "../app.ts";
import type { Reply } from "../exchange.ts";
import type { Ledger } from "../ledger.ts";
import { refuse } from "./refuse.ts";

const parts = ["streams", "rules", "usage", "windows", "past", "ledger"] as const;
type Part = (typeof parts)[number];

export async function postReset(
  { apps, ledger }: { readonly apps: readonly XApp[]; readonly ledger: Ledger },
  query: URLSearchParams,
): Promise<Reply> {
  const keep = query.get("keep")?.split(",") ?? [];
  const unknown = keep.filter((name) => !parts.some((part) => part === name));
  if (unknown.length > 0) return refuse(`keep is a list of ${parts.join(", ")}, not ${unknown.join(", ")}`);
  const reset = (part: Part) => !keep.includes(part);
  for (const { connections, rules, usage, windows, past } of apps) {
    if (reset("streams")) {
      const open = Array.from(connections);
      for (const { id, state } of connections.records()) {
        if (state !== "closed") connections.kill(id, "OperationalDisconnect");
      }
      await Promise.all(open.map((connection) => connection.end()));
    }
    if (reset("rules")) rules.delete(...rules.rules.map(({ id }) => ({ id })));
    if (reset("usage")) usage.reset();
    if (reset("windows")) for (const window of Object.values(windows)) window.reset();
    if (reset("past")) past?.clear();
  }
  if (reset("ledger")) ledger.clear();
  return { status: 200, body: { data: { reset: parts.filter(reset) } } };
}
