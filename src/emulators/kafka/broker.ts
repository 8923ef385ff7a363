/**
 * The whole state of the emulated cluster of one broker. Everything happens in one thread, between two turns of
 * the event loop, so nothing here is locked.
 */
import { randomBytes, randomInt } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import {
  type ConsumerGroupCoordinator,
  createConsumerGroupCoordinator,
} from "./groups/consumer-coordinator.ts";
import { createGroupCoordinator, type GroupCoordinator } from "./groups/coordinator.ts";
import { createSaslService, type SaslOptions, type SaslService } from "./sasl/session.ts";
import { createTopics, type Topics } from "./topics.ts";
import { createTransactionCoordinator, type TransactionCoordinator } from "./transactions/coordinator.ts";

export const brokerId = 1;

export interface BrokerOptions {
  readonly clock: Clock;
  readonly defaultPartitions: number;
  readonly retentionBytes: number;
  readonly autoCreateTopics: boolean;
  readonly minSessionTimeoutMs: number;
  readonly consumerHeartbeatIntervalMs: number;
  readonly consumerSessionTimeoutMs: number;
  readonly cleanupIntervalMs: number;
  /** Without it nobody logs in. */
  readonly sasl?: SaslOptions | undefined;
}

export interface Broker {
  readonly clock: Clock;
  /** 22 characters of URL-safe base64, new at each start. */
  readonly clusterId: string;
  /** What clients are told to connect to; known once the port is taken. */
  address: { readonly host: string; readonly port: number };
  readonly defaultPartitions: number;
  readonly retentionBytes: number;
  readonly autoCreateTopics: boolean;
  readonly sasl: SaslService | null;
  readonly topics: Topics;
  readonly groups: GroupCoordinator;
  readonly consumerGroups: ConsumerGroupCoordinator;
  readonly transactions: TransactionCoordinator;
  newProducerId(): number;
  /** Closes the newest segment of each partition and cleans up at once; false when there is no such topic. */
  roll(topic: string): boolean;
  /** Stops every timer. */
  close(): void;
}

export function createBroker({
  clock,
  defaultPartitions,
  retentionBytes,
  autoCreateTopics,
  minSessionTimeoutMs,
  consumerHeartbeatIntervalMs,
  consumerSessionTimeoutMs,
  cleanupIntervalMs,
  sasl,
}: BrokerOptions): Broker {
  const groups = createGroupCoordinator({ clock, minSessionTimeoutMs });
  // From a random base: a producer that outlives a restart of this broker is not taken for a new one.
  let nextProducerId = randomInt(2 ** 40);
  const newProducerId = () => nextProducerId++;
  const transactions = createTransactionCoordinator({ clock, groups, newProducerId });
  const topics = createTopics({
    defaultPartitions,
    retentionBytes,
    onDelete: (topic) => groups.onTopicDeleted(topic.name),
  });
  const consumerGroups = createConsumerGroupCoordinator({
    clock,
    topics,
    groups,
    heartbeatIntervalMs: consumerHeartbeatIntervalMs,
    sessionTimeoutMs: consumerSessionTimeoutMs,
  });
  let stopCleaning: () => void;
  const cleanUp = () => {
    const nowMs = clock.now();
    for (const { partitions, rules } of topics.list()) {
      for (const partition of partitions) partition.cleanUp(rules.cleanup, nowMs);
    }
    stopCleaning = clock.after(cleanupIntervalMs, cleanUp);
  };
  stopCleaning = clock.after(cleanupIntervalMs, cleanUp);
  return {
    clock,
    clusterId: randomBytes(16).toString("base64url"),
    address: { host: "127.0.0.1", port: 0 },
    defaultPartitions,
    retentionBytes,
    autoCreateTopics,
    sasl: sasl === undefined ? null : createSaslService(sasl),
    topics,
    groups,
    consumerGroups,
    transactions,
    newProducerId,
    roll(name) {
      const topic = topics.byName(name);
      if (topic === undefined) return false;
      for (const partition of topic.partitions) partition.roll(topic.rules.cleanup, clock.now());
      return true;
    },
    close() {
      stopCleaning();
      groups.close();
      transactions.close();
    },
  };
}
