/**
 * The X emulator: the filtered stream of the X API v2 over plain HTTP on loopback, with a control port beside it.
 * It plays posts from a generator or a recording, evaluates rules as X does, and keeps a ledger of what it delivered.
 */
import { type Clock, createSystemClock } from "../../kernel/clock.ts";
import { describeCause } from "../../kernel/error.ts";
import type { Log } from "../../telemetry/log.ts";
import { EmulatorError, listen } from "../listen.ts";
import type { ServerTls } from "../server-tls.ts";
import { type ConnectionPolicy, createApp, type XAppOptions, type XWorld } from "./app.ts";
import { readCounters, type XCounters } from "./counters.ts";
import type { CutMode } from "./cut.ts";
import { closeServer, createFaultHost, createHttpServer } from "./http-server.ts";
import { createLedger, type LedgerReader } from "./ledger.ts";
import { startPlayer } from "./player.ts";
import { handleRequest } from "./router.ts";
import { handleControl } from "./routes/control.ts";
import { createFaultEngine, type FaultReader } from "./scenarios/engine.ts";
import { parseScenarios } from "./scenarios/plan.ts";
import { checkWhole, openFeed, readRate, type XSource } from "./source.ts";

export type { XCounters, XSource };

/** `token`, `tier`, `limits` and `credits` are those of the one app, or of the first of several. */
export interface XEmulatorOptions extends XAppOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly controlPort?: number;
  /** More apps, each with its own token, rules, limits, streams and usage. Without a `token` they are all there are. */
  readonly apps?: readonly (XAppOptions & { readonly token: string })[];
  readonly source: XSource;
  /** Cuts the body of every stream into chunks that readers stumble over; sent uncompressed then. */
  readonly cut?: CutMode;
  /** What becomes of one stream more than the limit: it is refused (default), or replaces the oldest one. */
  readonly policy?: ConnectionPolicy;
  /** How long X takes to notice that a client has left; its stream counts until then. Default 0. */
  readonly ghostMs?: number;
  /** How long a change of the rules takes to reach open streams. Default 0. */
  readonly ruleDelayMs?: number;
  /** Tells a reader that is too slow so before it is cut off, where it can still be told. Default true. */
  readonly slowReaderNotice?: boolean;
  /** Memory, roughly, for posts of the past, for each app that may ask for them. Default 128 MiB. */
  readonly pastBytes?: number;
  /** Serves the API over TLS; the control port stays plain HTTP. */
  readonly tls?: ServerTls;
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

export interface XEmulator extends AsyncDisposable {
  /** Base address of the API, without a path: `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Base address of the control port; `GET /` there lists what it can do. */
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
const defaultPastBytes = 128 * 1024 * 1024;

/**
 * Resolves when both ports listen. Throws EmulatorError `port-in-use`, `cannot-listen`, `invalid-option` or
 * `unreadable-replay`; then nothing is left open.
 */
export async function startXEmulator(options: XEmulatorOptions): Promise<XEmulator> {
  const { host = "127.0.0.1", source, log = silent, clock = createSystemClock() } = options;
  const rate = readRate(source);
  const ownApps = readApps(options);
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
  const nextConnection = createCounter(1);
  const nextSerial = createCounter(0);
  const world: XWorld = {
    ledger,
    cut: options.cut,
    keepAliveMs: options.keepAliveMs ?? 20_000,
    policy: options.policy ?? "refuse",
    ghostMs: options.ghostMs ?? 0,
    ruleDelayMs: options.ruleDelayMs ?? 0,
    slowReaderNotice: options.slowReaderNotice ?? true,
    throttled: rate.ratePerSecond !== "max",
    pastBytes: options.pastBytes ?? defaultPastBytes,
    clock,
    log,
    faults,
    nextConnection,
    nextSerial,
    onStream: () => player.wake(),
  };
  const apps = ownApps.map((app, n) => createApp(n + 1, app, world));
  const player = startPlayer({ feed, ...rate, apps, clock });
  player.finished
    .catch((error: unknown) => {
      log.error(`the X emulator plays no more posts: ${describeCause(error)}`);
    })
    .finally(() => faults.sourceEnded());

  const counters = (): XCounters =>
    readCounters(apps, { posts: player.counters(), ledger, faults: faults.counters() });
  const api = createHttpServer(
    (request, response) => handleRequest(apps, request, response),
    log,
    options.tls,
  );
  const face = {
    apps,
    ledger,
    counters,
    faults,
    stamp: () => ({ nowMs: clock.now(), serial: nextSerial() }),
    inject: player.inject,
  };
  const control = createHttpServer((request, response) => handleControl(face, request, response), log);
  const listOpen = () => apps.flatMap(({ connections }) => Array.from(connections));
  faults.attach(createFaultHost(api, { host, clock, log }), listOpen);
  const close = async () => {
    faults[Symbol.dispose]();
    // The player may be waiting for a stream that only its end will wake.
    const stopped = player[Symbol.asyncDispose]();
    await Promise.all([
      stopped,
      closeServer(
        api,
        listOpen().map((open) => open.end()),
      ),
      closeServer(control, []),
    ]);
    for (const app of apps) app[Symbol.dispose]();
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
      url: `${options.tls === undefined ? "http" : "https"}://${host}:${port}`,
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

/** Throws EmulatorError `invalid-option` for tokens that are empty or the same. */
function readApps({ apps = [], token, tier, limits, credits }: XEmulatorOptions): readonly XAppOptions[] {
  const own = {
    ...(token === undefined ? {} : { token }),
    ...(tier === undefined ? {} : { tier }),
    ...(limits === undefined ? {} : { limits }),
    ...(credits === undefined ? {} : { credits }),
  };
  const all = token === undefined && apps.length > 0 ? apps : [own, ...apps];
  const tokens = all.flatMap((app) => app.token ?? []);
  if (tokens.some((text) => text.trim() === "")) {
    throw new EmulatorError("invalid-option", "an app's token must not be empty");
  }
  if (new Set(tokens).size < tokens.length) {
    throw new EmulatorError("invalid-option", "two apps have the same token");
  }
  return all;
}

function createCounter(first: number): () => number {
  let next = first;
  return () => next++;
}
