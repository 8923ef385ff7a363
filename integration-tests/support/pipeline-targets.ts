/**
 * The Kafka and the registry, side by side, that the journeys of the contract are held against, and the bin on them.
 */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { caseDeclarer, type DeclareCase } from "../contract/declare-case.ts";
import { readTarget } from "../contract/target.ts";
import { type RunningBirdwire, type RunResult, startBirdwire } from "./birdwire.ts";
import { runBirdwireHere } from "./birdwire-here.ts";
import { freshName, warmUp } from "./kafka-clients.ts";
import type { KafkaBroker } from "./kafka-jvm.ts";
import { startKafkaOf } from "./kafka-targets.ts";
import { type RegistryAddress, startRegistryOf } from "./registry-targets.ts";

export interface PipelineUnderTest {
  readonly test: DeclareCase;
  readonly bootstrap: () => string;
  readonly registryUrl: () => string;
  /** A topic nobody has used, also when the servers outlive the run. */
  readonly freshTopic: () => string;
  /** Runs a command on these servers to its end. */
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<RunResult>;
  /** The same, and it has to end with 0; a failure shows its stderr. */
  readonly succeed: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<RunResult>;
  readonly start: (args: readonly string[], env?: Readonly<Record<string, string>>) => RunningBirdwire;
}

const startTimeoutMs = 240_000;

export function describePipeline(title: string, cases: (pipeline: PipelineUnderTest) => void): void {
  const target = readTarget();
  describe(`${title}, on ${target.name}`, () => {
    let kafka: KafkaBroker | undefined;
    let registry: RegistryAddress | undefined;
    const bootstrap = () => {
      if (kafka === undefined) throw new Error("the broker has not started");
      return kafka.bootstrap;
    };
    const registryUrl = () => {
      if (registry === undefined) throw new Error("the registry has not started");
      return registry.url;
    };
    const on = (env: Readonly<Record<string, string>> = {}) => ({
      env: { BIRDWIRE_BROKERS: bootstrap(), BIRDWIRE_REGISTRY_URL: registryUrl(), ...env },
    });
    beforeAll(async () => {
      kafka = await startKafkaOf(target);
      registry = await startRegistryOf(target);
      await warmUp(kafka.bootstrap);
    }, startTimeoutMs);
    afterAll(async () => {
      await registry?.[Symbol.asyncDispose]();
      await kafka?.[Symbol.asyncDispose]();
    }, startTimeoutMs);
    cases({
      test: caseDeclarer(target, "registry"),
      bootstrap,
      registryUrl,
      freshTopic: () => freshName("twitter"),
      run: (args, env) => runBirdwireHere(args, on(env)),
      async succeed(args, env) {
        const result = await runBirdwireHere(args, on(env));
        const { code, stderr } = result;
        expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
        return result;
      },
      start: (args, env) => startBirdwire(args, on(env)),
    });
  });
}
