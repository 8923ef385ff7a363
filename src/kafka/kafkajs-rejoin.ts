/**
 * kafkajs 2.2.4 tells of a rebalance (`consumer.rebalancing`) and asks to join again in one go, so that a listener
 * cannot hold it up: what it commits may reach the coordinator behind the request to join, which holds back all that
 * follows on its connection until the old generation is over. The guard lets the request wait for the listener.
 */
import { createRequire } from "node:module";

/** The part of kafkajs's ConsumerGroup that joins. */
interface ConsumerGroup {
  joinAndSync(): Promise<void>;
}

interface ConsumerGroupClass {
  readonly prototype: ConsumerGroup;
}

interface RunnerClass {
  readonly prototype: { scheduleFetchManager(): void };
}

const load = createRequire(import.meta.url);

/** The class inside kafkajs; the package is pinned to one version, and a test watches the method's source. */
export function loadConsumerGroup(): ConsumerGroupClass {
  return load("kafkajs/src/consumer/consumerGroup") as ConsumerGroupClass;
}

/** The class that tells of a rebalance right before it joins; a test watches its method's source. */
export function loadRunner(): RunnerClass {
  return load("kafkajs/src/consumer/runner") as RunnerClass;
}

/** Between a listener and the join that follows there is no turn of the loop, so this is of one member at a time. */
let awaited: Promise<void> | null = null;

/** To be called by a listener of `consumer.rebalancing`: that member joins only after `work`, which must not reject. */
export function joinAfter(work: Promise<void>): void {
  awaited = work;
}

let guarded = false;

/** Guards the class once for the process; later calls do nothing. */
export function guardRejoin(): void {
  if (guarded) return;
  guarded = true;
  const { prototype } = loadConsumerGroup();
  const join = prototype.joinAndSync;
  prototype.joinAndSync = async function (this: ConsumerGroup) {
    const work = awaited;
    awaited = null;
    if (work !== null) await work;
    await join.call(this);
  };
}
