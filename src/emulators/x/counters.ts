/**
 * What `GET /counters` of the control port tells, for all apps together and for each.
 */
import type { XApp } from "./app.ts";
import type { LedgerCounters, LedgerReader } from "./ledger.ts";
import type { Tier } from "./limits.ts";
import type { PlayerCounters } from "./player.ts";
import type { FaultCounters } from "./scenarios/engine.ts";
import type { UsageState } from "./usage-meter.ts";

export interface AppCounters {
  readonly app: number;
  readonly tier: Tier;
  readonly rules: number;
  readonly connections: {
    readonly open: number;
    /** Gone, and X has not noticed. */
    readonly ghosts: number;
    readonly opened: number;
    /** What waits for the sockets of the open ones. */
    readonly queuedBytes: number;
  };
  readonly ledger: LedgerCounters;
  readonly usage: {
    readonly posts: number;
    readonly state: UsageState;
    /** Dollars. */
    readonly creditsLeft: number | null;
  };
  /** Posts kept for backfill and recovery. */
  readonly past: number;
}

export interface XCounters {
  readonly posts: PlayerCounters;
  readonly ledger: LedgerCounters;
  readonly connections: { readonly open: number; readonly opened: number };
  readonly rules: number;
  readonly faults: FaultCounters;
  readonly apps: readonly AppCounters[];
}

export function readCounters(
  apps: readonly XApp[],
  {
    posts,
    ledger,
    faults,
  }: {
    readonly posts: PlayerCounters;
    readonly ledger: LedgerReader;
    readonly faults: FaultCounters;
  },
): XCounters {
  const each = apps.map((app) => countApp(app, ledger));
  const sum = (of: (counters: AppCounters) => number) => each.reduce((all, app) => all + of(app), 0);
  return {
    posts,
    ledger: ledger.counters(),
    connections: {
      open: sum(({ connections }) => connections.open),
      opened: sum(({ connections }) => connections.opened),
    },
    rules: sum(({ rules }) => rules),
    faults,
    apps: each,
  };
}

function countApp(app: XApp, ledger: LedgerReader): AppCounters {
  const { number, tier, rules, connections, usage, past } = app;
  const states = connections.records().map(({ state }) => state);
  const queuedBytes = Array.from(connections, (open) => open.queuedBytes).reduce(
    (all, bytes) => all + bytes,
    0,
  );
  const count = (wanted: "open" | "ghost") => states.filter((state) => state === wanted).length;
  return {
    app: number,
    tier,
    rules: rules.rules.length,
    connections: { open: count("open"), ghosts: count("ghost"), opened: connections.opened, queuedBytes },
    ledger: ledger.counters(number),
    usage: { posts: usage.posts, state: usage.state, creditsLeft: usage.creditsLeft },
    past: past?.length ?? 0,
  };
}
