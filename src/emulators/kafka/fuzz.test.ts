import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { apis, apiVersions } from "./apis.ts";
import { createBroker } from "./broker.ts";
import { type Api, closeConnection, noResponse, type TypedApi } from "./protocol/api.ts";
import type { Draft, Fields } from "./protocol/field.ts";
import { FrameError } from "./protocol/reader.ts";
import { saslHandshake } from "./requests/17-sasl-handshake.ts";
import { saslAuthenticate } from "./requests/36-sasl-authenticate.ts";
import { answerFrame } from "./router.ts";
import { createSaslService } from "./sasl/session.ts";
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

/** `BIRDWIRE_FUZZ_REQUESTS`: how many in all. `BIRDWIRE_FUZZ_SEED`: the same seed makes up the same requests. */
const requestCount = numberFrom("BIRDWIRE_FUZZ_REQUESTS", 6_000);
const seed = numberFrom("BIRDWIRE_FUZZ_SEED", 1);
const timeoutMs = 60_000 + requestCount * 5;

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} is ${process.env[name]}`);
  return value;
}

/** What is thrown names the request, so that it can be made up again. */
async function eachRequest(
  count: number,
  random: Random,
  ask: (made: ReturnType<typeof randomFrame>) => void,
  between: () => Promise<void>,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const made = randomFrame(random);
    try {
      ask(made);
    } catch (cause) {
      const what = `${made.api.name} ${made.version}, request ${i} of seed ${seed}: ${made.frame.toString("hex")}`;
      throw new Error(what, { cause });
    }
    if (i % 50 === 0) await between();
  }
}

describe(`requests made up at random, from seed ${seed}`, () => {
  test(
    "that keep to the protocol are answered as the protocol says",
    async () => {
      const random = createRandom(seed);
      const { broker, clock, connection } = openBroker();
      const count = Math.ceil(requestCount * 0.45);
      const failures: unknown[] = [];
      let answered = 0;
      const ask = ({ api, version, frame }: ReturnType<typeof randomFrame>) => {
        const reply = answerFrame(frame.subarray(4), connection);
        // A join, a sync or a long poll: whether it ends is for others to test.
        if (reply instanceof Promise) reply.catch((cause: unknown) => failures.push(cause));
        else if (reply !== noResponse && reply !== closeConnection) {
          const bytes = Buffer.concat(reply.buffers);
          expect(bytes.readInt32BE(0)).toBe(bytes.length - 4);
          decodeResponse(api, version, bytes.subarray(4));
          answered++;
        }
      };
      await eachRequest(count, random, ask, () => clock.advance(random.int(60_000)));
      expect(failures).toEqual([]);
      expect(answered).toBeGreaterThan(count * 0.48);
      broker.close();
    },
    timeoutMs,
  );

  test(
    "and then damaged are refused or answered, and nothing else is thrown",
    async () => {
      const random = createRandom(seed + 1);
      const { broker, clock, connection } = openBroker();
      const failures: unknown[] = [];
      const codes = new Set<string>();
      const ask = ({ frame }: ReturnType<typeof randomFrame>) => {
        try {
          const reply = answerFrame(mutate(frame.subarray(4), random), connection);
          if (reply instanceof Promise) reply.catch((cause: unknown) => failures.push(cause));
        } catch (cause) {
          if (!(cause instanceof FrameError)) throw cause;
          codes.add(cause.code);
        }
      };
      const count = Math.ceil(requestCount * 0.45);
      await eachRequest(count, random, ask, () => clock.advance(random.int(60_000)));
      expect(failures).toEqual([]);
      expect(codes).toContain("malformed");
      broker.close();
    },
    timeoutMs,
  );

  test("by clients that have yet to log in are refused or answered, and let nobody in", () => {
    const random = createRandom(seed + 3);
    const { broker } = openBroker();
    const service = createSaslService({ users: [{ username: "u", password: "a password nobody guesses" }] });
    const logins = [saslHandshake, saslAuthenticate, apiVersions] as (Api & TypedApi<Fields, Fields>)[];
    const states = new Set<string>();
    for (let i = 0; i < Math.ceil(requestCount / 15); i++) {
      const sasl = service.openSession();
      const connection = { broker, sasl, clientHost: "127.0.0.1", onDisconnect: () => () => {} };
      const mechanism = random.pick([...sasl.mechanisms, "other"]);
      const handshake = encodeRequest(saslHandshake, random.int(2), { mechanism });
      for (let j = 0; j < 5; j++) {
        const api = random.pick(logins);
        const version = api.versions[0] + random.int(api.versions[1] - api.versions[0] + 1);
        const body = randomMessage(api.messages.request, version, random) as Draft<Fields>;
        const made = j === 0 ? handshake : encodeRequest(api, version, body);
        const frame = made.subarray(4);
        try {
          answerFrame(random.int(3) === 0 ? mutate(frame, random) : frame, connection);
        } catch (cause) {
          if (!(cause instanceof FrameError)) throw cause;
        }
        states.add(sasl.state);
      }
    }
    expect([...states].sort()).toEqual(["bare-tokens", "failed", "fresh", "greeted", "tokens"]);
    broker.close();
  });

  test(
    "end a connection at worst: the broker goes on, and logs no failure of its own",
    async () => {
      const errors: string[] = [];
      const log: Log = { debug() {}, info() {}, warn() {}, error: (message) => errors.push(message) };
      await using emulator = await startKafkaEmulator({ log, retentionBytes: 10_000 });
      const random = createRandom(seed + 2);
      for (let sent = 0; sent < requestCount * 0.1; sent += 20) {
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
    },
    timeoutMs,
  );
});
