import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { apis, apiVersions } from "./apis.ts";
import { createBroker } from "./broker.ts";
import { type Api, closeConnection, noResponse, type TypedApi } from "./protocol/api.ts";
import type { Draft, Fields } from "./protocol/field.ts";
import { FrameError } from "./protocol/reader.ts";
import { answerFrame } from "./router.ts";
import { startKafkaEmulator } from "./start.ts";
import { createRandom, mutate, type Random, randomMessage } from "./testing/random-request.ts";
import { decodeResponse, encodeRequest, openRawClient } from "./testing/raw-client.ts";

const all = [...apis.values()] as (Api & TypedApi<Fields, Fields>)[];

function openBroker() {
  const clock = createManualClock(1_000_000);
  const broker = createBroker({
    clock,
    defaultPartitions: 2,
    retentionBytes: 10_000,
    autoCreateTopics: true,
    minSessionTimeoutMs: 6_000,
    consumerHeartbeatIntervalMs: 5_000,
    consumerSessionTimeoutMs: 45_000,
    cleanupIntervalMs: 15_000,
  });
  const config = { "cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0" };
  broker.topics.create("topic", 3, new Map(Object.entries(config)));
  broker.topics.create("a", 3);
  const connection = { broker, sasl: null, clientHost: "127.0.0.1", onDisconnect: () => () => {} };
  return { broker, clock, connection };
}

function randomFrame(random: Random) {
  const api = random.pick(all);
  const version = api.versions[0] + random.int(api.versions[1] - api.versions[0] + 1);
  const body = randomMessage(api.messages.request, version, random);
  return { api, version, frame: encodeRequest(api, version, body as Draft<Fields>) };
}

describe("requests made up at random", () => {
  test("that keep to the protocol are answered as the protocol says", async () => {
    const random = createRandom(1);
    const { broker, clock, connection } = openBroker();
    let answered = 0;
    for (let i = 0; i < 2_500; i++) {
      const { api, version, frame } = randomFrame(random);
      const reply = answerFrame(frame.subarray(4), connection);
      if (reply instanceof Promise) {
        // A join, a sync or a long poll: whether it ends is for others to test.
        reply.catch((cause: unknown) => expect(cause).toBeUndefined());
      } else if (reply !== noResponse && reply !== closeConnection) {
        const bytes = Buffer.concat(reply.buffers);
        expect(bytes.readInt32BE(0)).toBe(bytes.length - 4);
        decodeResponse(api, version, bytes.subarray(4));
        answered++;
      }
      if (i % 50 === 0) await clock.advance(random.int(60_000));
    }
    expect(answered).toBeGreaterThan(1_200);
    broker.close();
  });

  test("and then damaged are refused or answered, and nothing else is thrown", async () => {
    const random = createRandom(2);
    const { broker, clock, connection } = openBroker();
    const codes = new Set<string>();
    for (let i = 0; i < 2_500; i++) {
      try {
        const reply = answerFrame(mutate(randomFrame(random).frame.subarray(4), random), connection);
        if (reply instanceof Promise) reply.catch((cause: unknown) => expect(cause).toBeUndefined());
      } catch (cause) {
        if (!(cause instanceof FrameError)) throw cause;
        codes.add(cause.code);
      }
      if (i % 50 === 0) await clock.advance(random.int(60_000));
    }
    expect(codes).toContain("malformed");
    broker.close();
  });

  test("end a connection at worst: the broker goes on, and logs no failure of its own", async () => {
    const errors: string[] = [];
    const log: Log = { debug() {}, info() {}, warn() {}, error: (message) => errors.push(message) };
    await using emulator = await startKafkaEmulator({ log, retentionBytes: 10_000 });
    const random = createRandom(3);
    for (let i = 0; i < 60; i++) {
      await using client = await openRawClient(emulator.port);
      for (let j = 0; j < 20; j++) {
        const { frame } = randomFrame(random);
        client.send(j < 10 ? frame : mutate(frame, random));
      }
      await client.finish();
    }
    await using client = await openRawClient(emulator.port);
    expect(await client.call(apiVersions, 0, {})).toMatchObject({ errorCode: 0 });
    expect(errors).toEqual([]);
  });
});
