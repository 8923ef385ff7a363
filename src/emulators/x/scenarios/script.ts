/**
 * The script of one open connection: counts its posts, holds the player when a fault is due, waits until all that was
 * sent before has arrived, and lets the fault strike. So a run with the same faults and posts is the same run, however
 * fast it goes.
 */
import type { Clock } from "../../../kernel/clock.ts";
import type { StreamConnection } from "../stream-connection.ts";
import type { OfferedPost, StreamScript } from "./faults.ts";
import { uncompressedKinds } from "./scenario.ts";
import { lineOf, type Scene, type StreamFault, untilAborted } from "./scene.ts";
import { playStrike } from "./stream-strikes.ts";

export interface ScriptOptions {
  readonly faults: readonly StreamFault[];
  readonly clock: Clock;
  readonly isSourceEnded: () => boolean;
  /** A fault strikes: everything before it has arrived. */
  readonly onStrike: (fault: StreamFault, connection: StreamConnection, posts: number) => void;
  /** What the fault does beyond its connection; resolves when that is over. */
  readonly onWiderStrike: (scene: Scene) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface OpenScript extends StreamScript {
  sourceEnded(): void;
  /** Plans one more fault, for a connection that is open already. */
  add(fault: StreamFault): void;
}

export function createScript(options: ScriptOptions): OpenScript {
  const { faults, clock } = options;
  const waiting = [...faults].sort((a, b) => placeOf(a) - placeOf(b));
  const closing = new AbortController();
  let connection: StreamConnection | undefined;
  let gate: StreamScript["gate"] = "open";
  let wakeGate: (() => void)[] = [];
  let taking:
    | { count: number; posts: OfferedPost[]; done: (posts: readonly OfferedPost[]) => void }
    | undefined;
  let sent = 0;
  const timers = new Set<() => void>();

  const setGate = (next: StreamScript["gate"]) => {
    // Nobody is held at a connection that is closed: asking again and again would starve the event loop.
    gate = closing.signal.aborted ? "open" : next;
    if (gate !== "open") return;
    const wake = wakeGate;
    wakeGate = [];
    for (const resolve of wake) resolve();
  };
  const finishTaking = () => {
    if (taking === undefined) return;
    const { posts, done } = taking;
    taking = undefined;
    done(posts);
  };

  const sceneOf = (open: StreamConnection, fault: StreamFault): Scene => ({
    connection: open,
    clock,
    fault,
    closed: closing.signal,
    take(count) {
      if (count === 0 || closing.signal.aborted || options.isSourceEnded()) return Promise.resolve([]);
      return new Promise((done) => {
        taking = { count, posts: [], done };
        setGate("open");
      });
    },
    send(offered, line = lineOf(open, offered)) {
      open.ledger.matched(offered.post.id, offered.tags);
      sent++;
      open.send(line, 1);
    },
    lose(offered) {
      open.ledger.matched(offered.post.id, offered.tags);
    },
    async mute() {
      setGate("mute");
      await untilAborted(closing.signal);
    },
  });

  const strike = async (open: StreamConnection, fault: StreamFault) => {
    setGate("strike");
    await open.drained();
    await open.ledger.allSettled();
    if (closing.signal.aborted) return;
    options.onStrike(fault, open, sent);
    const scene = sceneOf(open, fault);
    await playStrike(scene, options.onWiderStrike);
    if (closing.signal.aborted) return;
    if (!strikeDue(open)) setGate("open");
  };
  /** Begins the next fault when its place is reached. */
  const strikeDue = (open: StreamConnection): boolean => {
    if (closing.signal.aborted) return false;
    const at = waiting.findIndex(({ trigger }) => "posts" in trigger && trigger.posts <= sent);
    const [fault] = at === -1 ? [] : waiting.splice(at, 1);
    if (fault === undefined) return false;
    strike(open, fault).catch(options.onError);
    return true;
  };

  const startTimer = (open: StreamConnection, fault: StreamFault) => {
    const { trigger } = fault;
    if (!("ms" in trigger)) return;
    let cancel = () => {};
    const begin = () => {
      timers.delete(cancel);
      // One fault at a time: this one waits for its turn.
      if (gate !== "open" || taking !== undefined) return wait(1);
      waiting.splice(waiting.indexOf(fault), 1);
      strike(open, fault).catch(options.onError);
    };
    const wait = (ms: number) => {
      cancel = clock.after(ms, begin);
      timers.add(cancel);
    };
    wait(trigger.ms);
  };

  return {
    ...(faults.some(({ strike: { kind } }) => uncompressedKinds.includes(kind))
      ? { coding: "identity" }
      : {}),
    get gate() {
      return gate;
    },
    opened() {
      if (gate === "open") return Promise.resolve();
      return new Promise((resolve) => wakeGate.push(resolve));
    },
    offer(offered) {
      const open = connection;
      if (open === undefined) return;
      if (taking !== undefined) {
        taking.posts.push(offered);
        if (taking.posts.length < taking.count) return;
        setGate("strike");
        return finishTaking();
      }
      open.ledger.matched(offered.post.id, offered.tags);
      if (gate === "mute") return;
      sent++;
      open.send(lineOf(open, offered), 1);
      if (gate === "open") strikeDue(open);
    },
    start(started) {
      connection = started;
      sent = started.sentPosts;
      for (const fault of waiting) startTimer(started, fault);
      strikeDue(started);
    },
    add(fault) {
      waiting.push(fault);
      waiting.sort((a, b) => placeOf(a) - placeOf(b));
      if (connection === undefined) return;
      startTimer(connection, fault);
      if (gate === "open" && taking === undefined) strikeDue(connection);
    },
    closed() {
      for (const cancel of timers) cancel();
      for (const offered of taking?.posts ?? []) connection?.ledger.matched(offered.post.id, offered.tags);
      if (taking !== undefined) taking.posts.length = 0;
      closing.abort();
      finishTaking();
      setGate("open");
    },
    sourceEnded() {
      setGate(taking === undefined ? gate : "strike");
      finishTaking();
    },
  };
}

function placeOf({ trigger }: StreamFault): number {
  return "posts" in trigger ? trigger.posts : 0;
}
