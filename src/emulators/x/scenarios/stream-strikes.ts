/**
 * What each fault does to an open stream.
 */
import { setTimeout as realDelay } from "node:timers/promises";
import { createBodyEncoder } from "../body-encoder.ts";
import { bytesToChunk } from "../cut.ts";
import { problemType } from "../problems.ts";
import type { OfferedPost } from "./faults.ts";
import { rewriteEdits } from "./rewrite-edits.ts";
import type { DisconnectType, StreamStrike } from "./scenario.ts";
import { lineOf, type Scene, untilAborted } from "./scene.ts";

const floodPieceBytes = 64 * 1024;

/** Resolves when the stream may go on, or never will again. `wider` is for what touches more than this connection. */
export async function playStrike(scene: Scene, wider: (scene: Scene) => Promise<void>): Promise<void> {
  const { connection, fault } = scene;
  const { strike } = fault;
  switch (strike.kind) {
    case "end":
      return await endStream(scene);
    case "reset":
      // However long it takes to write them: no client is sure to get what comes right before a RST.
      connection.ledger.breaks();
      for (const offered of await scene.take(strike.posts)) scene.send(offered);
      await connection.drained();
      return await reset(scene);
    case "silence":
      connection.stopHeartbeats();
      for (const offered of await scene.take(strike.posts)) scene.lose(offered);
      return await scene.mute();
    case "heartbeats":
      return await scene.clock.sleep(strike.forMs, scene.closed).catch(() => {});
    case "notice":
      connection.send(`${JSON.stringify(noticeOf(strike.type))}\r\n`, 0);
      await connection.drained();
      if (strike.ending === "stay") return await scene.mute();
      return await (strike.ending === "end" ? endStream(scene) : reset(scene));
    case "line":
      return connection.send(`${strike.line}\r\n`, 0);
    case "problem":
      connection.send(`${JSON.stringify(strike.problem)}\r\n`, 0);
      await connection.drained();
      return await endStream(scene);
    case "partial-line":
      return await breakLine(scene, strike);
    case "flood":
      return await flood(scene, strike.bytes);
    case "large":
      for (const offered of await scene.take(1)) scene.send(offered, padded(scene, offered, strike.bytes));
      return;
    case "cut":
      return connection.recode(createBodyEncoder("identity", strike.mode));
    case "corrupt":
      connection.stopHeartbeats();
      connection.writeRaw(bytesToChunk(Buffer.alloc(64, 0xff)));
      return await scene.mute();
    case "repeat": {
      const posts = await scene.take(strike.posts);
      for (const offered of posts) scene.send(offered);
      for (const offered of posts) connection.send(lineOf(connection, offered), 0);
      return;
    }
    case "late": {
      const [late, ...others] = await scene.take(strike.posts + 1);
      for (const offered of others) scene.send(offered);
      if (late !== undefined) scene.send(late);
      return;
    }
    case "shuffle":
      for (const offered of shuffled(scene, await scene.take(strike.posts))) scene.send(offered);
      return;
    case "edits":
      for (const offered of rewriteEdits(await scene.take(strike.posts))) scene.send(offered);
      return;
    case "hydration":
      for (const offered of await scene.take(1)) scene.send(offered, hydrated(scene, offered));
      return;
    case "overflow":
      for (const offered of await scene.take(strike.posts)) scene.lose(offered);
      if (strike.notice) connection.send(`${JSON.stringify(noticeOf("SlowReader"))}\r\n`, 0);
      await connection.drained();
      return await (strike.notice ? endStream(scene) : reset(scene));
    case "delete-rules":
    case "ghost":
    case "close-port":
      return await wider(scene);
  }
}

export async function endStream({ connection, closed }: Scene): Promise<void> {
  void connection.end();
  await untilAborted(closed);
}

export async function reset({ connection, closed }: Pick<Scene, "connection" | "closed">): Promise<void> {
  connection.reset();
  await untilAborted(closed);
}

export async function endWithNotice(scene: Scene, type: DisconnectType): Promise<void> {
  scene.connection.send(`${JSON.stringify(noticeOf(type))}\r\n`, 0);
  await scene.connection.drained();
  await endStream(scene);
}

function noticeOf(type: DisconnectType): unknown {
  return {
    errors: [
      {
        title: "operational-disconnect",
        disconnect_type: type,
        detail: "This stream has been disconnected for operational reasons.",
        type: problemType("operational-disconnect"),
      },
    ],
  };
}

async function breakLine(scene: Scene, strike: StreamStrike & { kind: "partial-line" }): Promise<void> {
  const { connection, fault } = scene;
  // One would end the line.
  connection.stopHeartbeats();
  for (const offered of await scene.take(1)) {
    const line = lineOf(connection, offered).trimEnd();
    // By whole characters, so that it goes through any coding.
    const chars = Array.from(line);
    const cut = strike.whole ? chars.length : 1 + fault.random.below(chars.length - 1);
    scene.lose(offered);
    connection.send(chars.slice(0, cut).join(""), 0);
  }
  await connection.drained();
  // Nothing tells when it has arrived: no post of the ledger is in it.
  if (strike.ending === "reset") await realDelay(resetDelayMs);
  await (strike.ending === "end" ? endStream(scene) : reset(scene));
}

/** In real time, as kernels run. */
const resetDelayMs = 10;

async function flood(scene: Scene, bytes: number): Promise<void> {
  const { connection, closed } = scene;
  connection.stopHeartbeats();
  for (let left = bytes; left > 0 && !closed.aborted; left -= floodPieceBytes) {
    connection.send("x".repeat(Math.min(left, floodPieceBytes)), 0);
    await connection.drained();
  }
  if (!closed.aborted) await endStream(scene);
}

function padded({ connection }: Scene, offered: OfferedPost, bytes: number): string {
  const line = lineOf(connection, offered);
  const empty = line.replace(/\}\r\n$/, ',"padding":""}\r\n');
  const room = Math.max(0, bytes - Buffer.byteLength(empty));
  return line.replace(/\}\r\n$/, `,"padding":"${"p".repeat(room)}"}\r\n`);
}

function hydrated({ connection }: Scene, offered: OfferedPost): string {
  const error = {
    value: "1346889436626259968",
    detail: "Could not find tweet with referenced_tweets.id: [1346889436626259968].",
    title: "Not Found Error",
    resource_type: "tweet",
    parameter: "referenced_tweets.id",
    resource_id: "1346889436626259968",
    type: problemType("resource-not-found"),
  };
  const line = lineOf(connection, offered);
  // A post may have errors of its own already; then it is such a message as it is.
  if (/,"errors":\[/.test(line)) return line;
  return line.replace(/\}\r\n$/, `,"errors":${JSON.stringify([error])}}\r\n`);
}

function shuffled<T>({ fault }: Scene, items: readonly T[]): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = fault.random.below(last + 1);
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
