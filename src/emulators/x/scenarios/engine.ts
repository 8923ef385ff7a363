/**
 * The fault engine: counts connects and calls, lets each planned fault strike at its place, and keeps where it did.
 */
import type { Clock } from "../../../kernel/clock.ts";
import { describeCause } from "../../../kernel/error.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { XApp } from "../app.ts";
import type { Exchange, Reply } from "../exchange.ts";
import { noRules, problemType } from "../problems.ts";
import type { StreamConnection } from "../stream-connection.ts";
import { dripBody, refuseRules, sendHalfHead, toVerdict } from "./answers.ts";
import type { CallVerdict, ConnectVerdict, FaultHost, Faults } from "./faults.ts";
import { type PlannedFault, parseScenarios, planFaults, type ScenarioSpec } from "./plan.ts";
import type { Scene, StreamFault } from "./scene.ts";
import { createScript, type OpenScript } from "./script.ts";
import { endStream, endWithNotice, reset } from "./stream-strikes.ts";
import { describePlace, type StruckFault } from "./struck.ts";

export interface FaultCounters {
  readonly planned: number;
  /** Strikes so far; a scenario of several counts each. */
  readonly struck: number;
  /** Faults that have not struck yet. */
  readonly waiting: number;
}

/** For readers in the same process, and the control port. */
export interface FaultReader {
  readonly struck: readonly StruckFault[];
  counters(): FaultCounters;
  /**
   * Lets scenarios (`rst@after=5,flap`) strike from now on: the stream that is open, at once unless told when, or else
   * the next connect. Throws EmulatorError `invalid-option`.
   */
  play(text: string): void;
}

export interface FaultEngine extends Faults, FaultReader, Disposable {
  /** To be called before the first request. */
  attach(host: FaultHost, listOpen: () => readonly StreamConnection[]): void;
}

export interface FaultEngineOptions {
  readonly specs: readonly ScenarioSpec[];
  /** Moves the places where faults strike. */
  readonly seed: number;
  readonly clock: Clock;
  readonly log: Log;
}

export function createFaultEngine({ specs, seed, clock, log }: FaultEngineOptions): FaultEngine {
  const planned: PlannedFault[] = planFaults(specs, seed);
  const struck: StruckFault[] = [];
  const begun = new Set<PlannedFault>();
  const scripts = new Set<OpenScript>();
  let host: FaultHost | undefined;
  let listOpen: () => readonly StreamConnection[] = () => [];
  const stopping = new AbortController();
  const layGhosts: (() => void)[] = [];
  let connects = 0;
  /** The last connect that became a stream. */
  let opened = 0;
  let calls = 0;
  let additions = 0;
  let sourceEnded = false;
  let plays = 0;
  let appOfOpened: XApp | undefined;

  const report = (fault: PlannedFault, place: Partial<StruckFault>, what: string = fault.scenario.what) => {
    begun.add(fault);
    const record: StruckFault = {
      scenario: fault.scenario.name,
      connect: null,
      connection: null,
      message: null,
      byte: null,
      call: null,
      ...place,
      at: clock.now(),
      what,
    };
    struck.push(record);
    log.info(`X scenario ${record.scenario} strikes ${describePlace(record)}`);
  };

  const scriptFor = (app: XApp, faults: readonly StreamFault[]): OpenScript => {
    const script = createScript({
      faults,
      clock,
      isSourceEnded: () => sourceEnded,
      onStrike(fault, connection, posts) {
        const isLeadIn = fault.scenario.strikes.on === "connect";
        const place = { connection: connection.number, message: posts, byte: connection.sentBytes };
        report(fault, place, isLeadIn ? "the stream ends" : fault.scenario.what);
      },
      onWiderStrike: (scene) => strikeWider(app, scene),
      onError: (error) => log.error(`an X scenario failed: ${describeCause(error)}`),
    });
    scripts.add(script);
    const { closed } = script;
    script.closed = () => {
      scripts.delete(script);
      closed();
    };
    return script;
  };

  const strikeWider = async (app: XApp, scene: Scene): Promise<void> => {
    const { strike } = scene.fault;
    switch (strike.kind) {
      case "delete-rules": {
        deleteRules(app);
        if (strike.forMs === null) return await endWithNotice(scene, "InvalidRules");
        await clock.sleep(strike.forMs, scene.closed).catch(() => {});
        return await endStream(scene);
      }
      case "ghost":
        layGhosts.push(app.connections.haunt(scene.connection, strike.forMs));
        return await reset(scene);
      case "close-port":
        await host?.closePort();
        if (strike.rules === "lost") deleteRules(app);
        await clock.sleep(strike.forMs, stopping.signal).catch(() => {});
        if (!stopping.signal.aborted) await host?.openPort();
        return;
      default:
        return;
    }
  };

  const deleteRules = ({ rules }: XApp) => {
    for (const { id } of rules.rules) rules.delete({ id });
  };

  /** What a planned fault does to this connect; null: nothing. */
  const strikeConnect = async (
    app: XApp,
    exchange: Exchange,
    connect: number,
  ): Promise<ConnectVerdict | null> => {
    const fault = planned.find(
      (candidate) =>
        candidate.on === "connect" &&
        connect >= candidate.connect &&
        connect < candidate.connect + candidate.strike.times,
    );
    if (fault?.on !== "connect") return null;
    const { strike } = fault;
    report(fault, { connect });
    const { response, window } = exchange;
    switch (strike.kind) {
      case "refuse":
        return toVerdict(strike.answer, clock) as ConnectVerdict;
      case "refuse-without-rules":
        deleteRules(app);
        return { kind: "reply", reply: noRules, headers: {} };
      case "stall":
        if (strike.half) sendHalfHead(response);
        return { kind: "taken" };
      case "slow-head":
        await clock.sleep(strike.forMs, stopping.signal).catch(() => {});
        return response.destroyed ? { kind: "taken" } : null;
      case "endless-body":
        dripBody(response, window, clock);
        return { kind: "taken" };
      case "flap":
        response.writeHead(200, { "content-type": "application/json; charset=utf-8", connection: "close" });
        response.end();
        return { kind: "taken" };
    }
  };

  const strikeCall = (fault: PlannedFault & { on: "call" }, { response }: Exchange): CallVerdict => {
    const { strike } = fault;
    switch (strike.kind) {
      case "refuse-call":
        report(fault, { call: calls });
        return toVerdict(strike.answer, clock) as CallVerdict;
      case "stall-call":
        report(fault, { call: calls });
        response.socket?.setTimeout(0);
        return { kind: "taken" };
      default:
        return { kind: "pass" };
    }
  };

  /** An addition that went well, made into one that did not, or not wholly. */
  const amendAddition = (app: XApp, call: number, reply: Reply): Reply => {
    const created = isJsonObject(reply.body) && Array.isArray(reply.body.data) ? reply.body.data : [];
    if (created.length === 0) return reply;
    additions++;
    const fault = planned.find(
      (candidate) =>
        candidate.on === "call" &&
        candidate.strike.kind !== "refuse-call" &&
        candidate.strike.kind !== "stall-call" &&
        additions >= candidate.call &&
        additions < candidate.call + candidate.strike.times,
    );
    if (fault?.on !== "call") return reply;
    const rules = created as { readonly id: string; readonly value: string }[];
    const index = fault.random.below(rules.length);
    const one = rules[index];
    if (one === undefined) return reply;
    const others = rules.filter((rule) => rule !== one);
    const { id, value } = one;
    switch (fault.strike.kind) {
      case "duplicate-rule": {
        report(fault, { call }, `rule ${index + 1} of ${rules.length} was there already`);
        const error = { value, id, title: "DuplicateRule", type: problemType("duplicate-rules") };
        return refuseRules(reply, [error], others);
      }
      case "partial-rules": {
        report(fault, { call }, `rule ${index + 1} of ${rules.length} is not created`);
        app.rules.delete({ id });
        const error = {
          value,
          title: "Internal Error",
          detail: "The rule could not be created. Please try again.",
          type: problemType("internal-error"),
        };
        return refuseRules(reply, [error], others);
      }
      case "rule-cap": {
        report(fault, { call });
        for (const rule of rules) app.rules.delete({ id: rule.id });
        const cap = (rule: { readonly value: string }) => ({
          value: rule.value,
          detail: `Rules cap of ${app.limits.rules} reached`,
          title: "RulesCapExceeded",
          type: problemType("rule-cap"),
        });
        return refuseRules(reply, rules.map(cap), []);
      }
      default:
        return reply;
    }
  };

  return {
    struck,
    counters: () => ({
      planned: planned.length,
      struck: struck.length,
      waiting: planned.filter((fault) => !begun.has(fault)).length,
    }),
    attach(faultHost, list) {
      host = faultHost;
      listOpen = list;
    },
    sourceEnded() {
      sourceEnded = true;
      for (const script of scripts) script.sourceEnded();
    },
    async connect(app, exchange) {
      const connect = ++connects;
      const verdict = await strikeConnect(app, exchange, connect);
      if (verdict !== null) return verdict;
      const faults = planned.filter(
        (fault): fault is StreamFault => fault.on === "stream" && fault.connect === connect,
      );
      opened = connect;
      appOfOpened = app;
      return { kind: "pass", script: faults.length === 0 ? null : scriptFor(app, faults) };
    },
    call(app, exchange) {
      const call = ++calls;
      const fault = planned.find(
        (candidate) =>
          candidate.on === "call" &&
          (candidate.strike.kind === "refuse-call" || candidate.strike.kind === "stall-call") &&
          call >= candidate.call &&
          call < candidate.call + candidate.strike.times,
      );
      if (fault?.on === "call") return strikeCall(fault, exchange);
      if (exchange.request.method !== "POST" || exchange.query.get("dry_run") === "true")
        return { kind: "pass" };
      return { kind: "pass", amend: (reply) => amendAddition(app, call, reply) };
    },
    play(text) {
      const stream = listOpen().at(-1);
      const now =
        stream === undefined
          ? { connect: connects + 1, posts: 0, isOpen: false }
          : { connect: opened, posts: stream.sentPosts, isOpen: true };
      plays++;
      const faults = planFaults(parseScenarios(text), seed + plays, now);
      planned.push(...faults);
      const here = faults.filter(
        (fault): fault is StreamFault => fault.on === "stream" && fault.connect === opened,
      );
      if (stream === undefined || here.length === 0) return;
      let script = [...scripts].find((candidate) => candidate === stream.script);
      if (script === undefined) {
        if (appOfOpened === undefined) return;
        script = scriptFor(appOfOpened, []);
        stream.script = script;
        script.start(stream);
      }
      for (const fault of here) script.add(fault);
    },
    [Symbol.dispose]() {
      stopping.abort();
      for (const lay of layGhosts) lay();
    },
  };
}
