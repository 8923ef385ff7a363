/**
 * The brokers that the Kafka contract is held against: always our emulator; Apache Kafka itself when
 * BIRDWIRE_CONTRACT_TARGETS names `jvm`, and any broker whose address it names (`host:port`). Names are separated
 * by commas; a target that is left out shows as skipped.
 */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { warmUp } from "./kafka-clients.ts";
import { type KafkaBroker, startJvmKafka } from "./kafka-jvm.ts";

export type KafkaTargetKind = "emulator" | "jvm" | "address";

interface KafkaTarget {
  readonly kind: KafkaTargetKind;
  readonly name: string;
  readonly shortSession: ShortSession;
  readonly start: () => Promise<KafkaBroker>;
}

/** The shortest session of a group member that the target takes. */
export interface ShortSession {
  /** What a client has to ask for. */
  readonly timeoutMs: number;
  /** How long that is on the client's clock. */
  readonly lastsMs: number;
}

/** The emulator's time goes faster than ours: it takes no session below 6 s, as Kafka. */
const emulatorSpeed = 3;

const wanted = (process.env.BIRDWIRE_CONTRACT_TARGETS ?? "").split(",").map((name) => name.trim());
const startTimeoutMs = 120_000;

const targets: readonly KafkaTarget[] = [
  {
    kind: "emulator",
    name: "the emulator",
    shortSession: { timeoutMs: 6000, lastsMs: 6000 / emulatorSpeed },
    start: () =>
      startKafkaEmulator({ port: 0, clock: createSystemClock(emulatorSpeed), cleanupIntervalMs: 200 }),
  },
  {
    kind: "jvm",
    name: "Apache Kafka",
    shortSession: { timeoutMs: 2000, lastsMs: 2000 },
    start: () => startJvmKafka(),
  },
  ...wanted
    .filter((name) => name.includes(":"))
    .map(
      (bootstrap): KafkaTarget => ({
        kind: "address",
        name: bootstrap,
        shortSession: { timeoutMs: 6000, lastsMs: 6000 },
        start: async () => givenBroker(bootstrap),
      }),
    ),
];

function givenBroker(bootstrap: string): KafkaBroker {
  return { bootstrap, async [Symbol.asyncDispose]() {} };
}

/** What a case may know of the broker it runs against. */
export interface TargetUnderTest {
  readonly kind: KafkaTargetKind;
  readonly shortSession: ShortSession;
  /** `host:port`; known once the tests run. */
  readonly bootstrap: () => string;
}

/** Declares `cases` once for each target, around one broker a target. */
export function describeKafka(title: string, cases: (target: TargetUnderTest) => void): void {
  for (const { kind, name, shortSession, start } of targets) {
    if (kind === "jvm" && !wanted.includes("jvm")) {
      describe.skip(`${title}, on ${name} (BIRDWIRE_CONTRACT_TARGETS=jvm runs it)`, () =>
        cases({ kind, shortSession, bootstrap: () => "" }));
      continue;
    }
    describe(`${title}, on ${name}`, () => {
      let broker: KafkaBroker | undefined;
      beforeAll(async () => {
        broker = await start();
        await warmUp(broker.bootstrap);
      }, startTimeoutMs);
      afterAll(async () => {
        await broker?.[Symbol.asyncDispose]();
      }, startTimeoutMs);
      cases({
        kind,
        shortSession,
        bootstrap: () => {
          if (broker === undefined) throw new Error("the broker has not started");
          return broker.bootstrap;
        },
      });
    });
  }
}
