/**
 * What the routes share: the one app that every accepted token belongs to.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import type { ConnectionTable } from "./connection-table.ts";
import type { CutMode } from "./cut.ts";
import type { Ledger } from "./ledger.ts";
import type { createRateWindow, Limits } from "./limits.ts";
import type { RuleStore } from "./rule-store.ts";
import type { Faults } from "./scenarios/faults.ts";

export interface XApp {
  /** The one token that is accepted; undefined: any that is not empty. */
  readonly token: string | undefined;
  readonly rules: RuleStore;
  readonly connections: ConnectionTable;
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly windows: Readonly<Record<WindowName, ReturnType<typeof createRateWindow>>>;
  readonly cut: CutMode | undefined;
  readonly keepAliveMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Faults;
  /** To be called when a stream has opened. */
  readonly onStream: () => void;
}

export type WindowName = "connect" | "readRules" | "writeRules" | "other";
