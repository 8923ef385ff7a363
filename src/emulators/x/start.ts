/**
 * The X emulator: the filtered stream of the X API v2 over plain HTTP on loopback, with a control port beside it.
 * It plays posts from a generator or a recording, evaluates rules as X does, and keeps a ledger of what it delivered.
 */
import { type Clock, createSystemClock } from "../../kernel/clock.ts";
import { describeCause } from "../../kernel/error.ts";
import type { Log } from "../../telemetry/log.ts";
import { EmulatorError, listen } from "../listen.ts";
import type { XApp } from "./app.ts";
import { createConnectionTable } from "./connection-table.ts";
import type { CutMode } from "./cut.ts";
import { createGeneratedFeed } from "./generator/generated-feed.ts";
import { closeServer, createFaultHost, createHttpServer } from "./http-server.ts";
import { createLedger, type LedgerCounters, type LedgerReader } from "./ledger.ts";
import { createRateWindow, type Limits, limitsOfTier, type Tier } from "./limits.ts";
import { type PlayerCounters, startPlayer } from "./player.ts";
import type { PostFeed } from "./post-feed.ts";
import { openReplayFeed } from "./replay-feed.ts";
import { handleRequest } from "./router.ts";
import { handleControl } from "./routes/control.ts";
import { createRuleStore } from "./rule-store.ts";
import { createFaultEngine, type FaultCounters, type FaultReader } from "./scenarios/engine.ts";
import { parseScenarios } from "./scenarios/plan.ts";

/** Where posts come from, and how fast: posts a second, or "max", which waits for the slowest socket. */
export type XSource =
  | {
      readonly kind: "generated";
      /** Default 1. The same seed gives the same posts. */
      readonly seed?: number;
      /** Default: for ever. */
      readonly count?: number;
      /** Default 10. */
      readonly ratePerSecond?: number | "max";
    }
  | {
      readonly kind: "replay";
      /** NDJSON of v2 messages (`{data, includes}`), plain or gzip. */
      readonly file: string;
      /** Default 10. */
      readonly ratePerSecond?: number | "max";
      /** Rounds after the first, with fresh ids. Default 0: each post once. */
      readonly loop?: number;
    };

export interface XEmulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly controlPort?: number;
  /** The one bearer token that is accepted. Default: any that is not empty. */
  readonly token?: string;
  readonly source: XSource;
  /** Cuts the body of every stream into chunks that readers stumble over; sent uncompressed then. */
  readonly cut?: CutMode;
  /** Default "pay-per-use". */
  readonly tier?: Tier;
  /** Overrides single limits of the tier. */
  readonly limits?: Partial<Limits>;
  /** Default 20,000: a heartbeat after so long without a post. */
  readonly keepAliveMs?: number;
  readonly clock?: Clock;
  /** Default: none. */
  readonly log?: Log;
  /** How long a connection must outlive its empty buffer for a post to count as delivered. Default 200. */
  readonly settleMs?: number;
  /** Faults to strike, as `rst@after=100,flap`; scenarios/catalogue.ts lists them. Default: none. */
  readonly scenarios?: string;
  /** Moves the places where they strike. Default 1. */
  readonly scenarioSeed?: number;
}

export interface XCounters {
  readonly posts: PlayerCounters;
  readonly ledger: LedgerCounters;
  readonly connections: { readonly open: number; readonly opened: number };
  readonly rules: number;
  readonly faults: FaultCounters;
}

export interface XEmulator extends AsyncDisposable {
  /** Base address of the API, without a path: `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Base address of `GET /ledger` and `GET /counters`. */
  readonly controlUrl: string;
  /** For readers in the same process, until the emulator is closed. */
  readonly ledger: LedgerReader;
  counters(): XCounters;
  /** Where faults struck, and more of them. */
  readonly faults: FaultReader;
  /** Resolves once the source has no more posts and the last one was handed on. */
  readonly finished: Promise<void>;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const defaultRate = 10;

/**
 * Resolves when both ports listen. Throws EmulatorError `port-in-use`, `cannot-listen`, `invalid-option` or
 * `unreadable-replay`; then nothing is left open.
 */
export async function startXEmulator(options: XEmulatorOptions): Promise<XEmulator> {
  const { host = "127.0.0.1", source, log = silent, clock = createSystemClock() } = options;
  const ratePerSecond = checkRate(source.ratePerSecond ?? defaultRate);
  const limits = { ...limitsOfTier[options.tier ?? "pay-per-use"], ...options.limits };
  const faults = createFaultEngine({
    specs: options.scenarios === undefined ? [] : parseScenarios(options.scenarios),
    seed: checkWhole("scenarioSeed", options.scenarioSeed ?? 1),
    clock,
    log,
  });
  const feed = await openFeed(source, log);
  const ledger = createLedger({
    clock,
    ...(options.settleMs === undefined ? {} : { settleMs: options.settleMs }),
  });
  const connections = createConnectionTable();
  const rules = createRuleStore(clock, () => player.wake());
  const app: XApp = {
    token: options.token,
    rules,
    connections,
    ledger,
    limits,
    windows: {
      connect: createRateWindow(limits.connectsPerWindow, clock),
      readRules: createRateWindow(limits.ruleReadsPerWindow, clock),
      writeRules: createRateWindow(limits.ruleWritesPerWindow, clock),
      other: createRateWindow(limits.ruleReadsPerWindow, clock),
    },
    cut: options.cut,
    keepAliveMs: options.keepAliveMs ?? 20_000,
    clock,
    log,
    faults,
    onStream: () => player.wake(),
  };
  const player = startPlayer({ feed, ratePerSecond, rules, connections, limits, clock, log });
  player.finished
    .catch((error: unknown) => {
      log.error(`the X emulator plays no more posts: ${describeCause(error)}`);
    })
    .finally(() => app.faults.sourceEnded());

  const counters = (): XCounters => ({
    posts: player.counters(),
    ledger: ledger.counters(),
    connections: { open: connections.size, opened: connections.opened },
    rules: rules.rules.length,
    faults: faults.counters(),
  });
  const api = createHttpServer((request, response) => handleRequest(app, request, response), log);
  const control = createHttpServer(
    (request, response) => handleControl({ ledger, counters, faults }, request, response),
    log,
  );
  faults.attach(createFaultHost(api, { host, clock, log }), () => Array.from(connections));
  const close = async () => {
    faults[Symbol.dispose]();
    // The player may be waiting for a stream that only its end will wake.
    const stopped = player[Symbol.asyncDispose]();
    await Promise.all([
      stopped,
      closeServer(
        api,
        Array.from(connections, (open) => open.end()),
      ),
      closeServer(control, []),
    ]);
    ledger[Symbol.dispose]();
  };
  try {
    const port = await listen(api, { what: "X emulator", host, port: options.port ?? 0 });
    const controlPort = await listen(control, {
      what: "X emulator's control",
      host,
      port: options.controlPort ?? 0,
    });
    return {
      url: `http://${host}:${port}`,
      controlUrl: `http://${host}:${controlPort}`,
      ledger,
      counters,
      faults,
      finished: player.finished,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openFeed(source: XSource, log: Log): Promise<PostFeed> {
  if (source.kind === "replay") {
    const loop = checkWhole("loop", source.loop ?? 0);
    return openReplayFeed({ file: source.file, loop, log });
  }
  const count = source.count === undefined ? null : checkWhole("count", source.count);
  return createGeneratedFeed({ seed: checkWhole("seed", source.seed ?? 1), count });
}

function checkRate(rate: number | "max"): number | "max" {
  if (rate === "max" || (Number.isFinite(rate) && rate > 0)) return rate;
  throw new EmulatorError("invalid-option", `a rate is "max" or more than 0 posts a second, not ${rate}`);
}

function checkWhole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new EmulatorError("invalid-option", `${name} is a whole number from 0, not ${value}`);
}
