/**
 * The Kafka that the contract is held against: an emulator of each file's own, or the broker whose address the
 * target of the run gives (integration-tests/contract/target.ts).
 */
import { afterAll, beforeAll, describe } from "@jest/globals";
import type { Interceptor } from "../../src/emulators/kafka/protocol/api.ts";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { createSystemClock } from "../../src/kernel/clock.ts";
import { caseDeclarer, type DeclareCase } from "../contract/declare-case.ts";
import { findKafkaDefect } from "../contract/kafka-defects.ts";
import { createCallRecorder, writeObservedCases } from "../contract/kafka-observed.ts";
import { type ContractTarget, readTarget } from "../contract/target.ts";
import { warmUp } from "./kafka-clients.ts";
import type { KafkaBroker } from "./kafka-jvm.ts";

/** The shortest session of a group member that the target takes. */
export interface ShortSession {
  /** What a client has to ask for. */
  readonly timeoutMs: number;
  /** How long that is on the client's clock. */
  readonly lastsMs: number;
}

/** What a suite may know of the broker it runs against. */
export interface KafkaUnderTest {
  readonly test: DeclareCase;
  readonly shortSession: ShortSession;
  /** How long, on the client's clock, a member of a KIP-848 group lives that is not heard of. */
  readonly consumerSessionLastsMs: number;
  /** `host:port`; known once the tests run. */
  readonly bootstrap: () => string;
}

/** The emulator's time goes faster than ours: it takes no session below 6 s, as Kafka. */
const emulatorSpeed = 3;
/** Members of KIP-848 groups are told how often to be heard of, on their own clock. */
const consumerHeartbeatIntervalMs = 300;
const consumerSessionTimeoutMs = 9_000;
/** As Kafka's `group.consumer.session.timeout.ms`, which no client can shorten. */
const kafkaConsumerSessionTimeoutMs = 45_000;
const startTimeoutMs = 120_000;

/** Resolves once it takes requests; what the target does not own outlives the disposal. */
export async function startKafkaOf(target: ContractTarget, intercept?: Interceptor): Promise<KafkaBroker> {
  if (target.kind === "emulator") {
    return startKafkaEmulator({
      port: 0,
      clock: createSystemClock(emulatorSpeed),
      cleanupIntervalMs: 200,
      // As in docker-compose.yml.
      autoCreateTopics: false,
      consumerHeartbeatIntervalMs,
      consumerSessionTimeoutMs,
      ...(intercept && { intercept }),
    });
  }
  if (target.brokers === null) throw new Error("BIRDWIRE_CONTRACT_BROKERS is not set");
  return { bootstrap: target.brokers, async [Symbol.asyncDispose]() {} };
}

/**
 * Declares `cases` around the broker of the run's target. Where that is the emulator and `BIRDWIRE_CONTRACT_COVERAGE`
 * names a folder, what they asked and were answered is written there (integration-tests/contract/kafka-observed.ts);
 * with the name of a defect in `BIRDWIRE_CONTRACT_DEFECT` it has that defect (integration-tests/contract/kafka-defects.ts).
 */
export function describeKafka(title: string, cases: (kafka: KafkaUnderTest) => void): void {
  const target = readTarget();
  const defect = findKafkaDefect(process.env.BIRDWIRE_CONTRACT_DEFECT);
  describe(`${title}, on ${target.name}`, () => {
    let broker: KafkaBroker | undefined;
    const recorder = createCallRecorder();
    // Nothing is wrong until the cases begin: it is they that have to fail.
    let hasBegun = false;
    const intercept: Interceptor = (call, next) => {
      const answer = () => (defect !== null && hasBegun ? defect.intercept(call, next) : next());
      return recorder.intercept(call, answer);
    };
    beforeAll(async () => {
      broker = await startKafkaOf(target, intercept);
      await warmUp(broker.bootstrap);
      hasBegun = true;
    }, startTimeoutMs);
    afterAll(async () => {
      await broker?.[Symbol.asyncDispose]();
      const folder = process.env.BIRDWIRE_CONTRACT_COVERAGE;
      if (folder !== undefined && target.kind === "emulator") {
        writeObservedCases(folder, title, recorder.cases());
      }
    }, startTimeoutMs);
    cases({
      test: caseDeclarer(target, "kafka", recorder.startCase),
      shortSession: { timeoutMs: 6000, lastsMs: target.kind === "emulator" ? 6000 / emulatorSpeed : 6000 },
      consumerSessionLastsMs:
        target.kind === "emulator" ? consumerSessionTimeoutMs / emulatorSpeed : kafkaConsumerSessionTimeoutMs,
      bootstrap: () => {
        if (broker === undefined) throw new Error("the broker has not started");
        return broker.bootstrap;
      },
    });
  });
}
