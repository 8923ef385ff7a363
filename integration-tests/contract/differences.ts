/**
 * Where somebody who answers is known to do otherwise than the contract says. A difference is asserted: its case has
 * to fail there, so that it turns red when the difference is gone. Apache Kafka and the Confluent registry have no
 * list: they are what the contract is about.
 */
import { apicurioDifferences } from "./apicurio-differences.ts";

export const answererNames = ["emulator", "apicurio", "env"] as const;
export type AnswererName = (typeof answererNames)[number];

export interface Difference {
  /** The title of the case, which no other case has. */
  readonly title: string;
  /** One line. */
  readonly reason: string;
}

export const differences: Readonly<Record<AnswererName, readonly Difference[]>> = {
  emulator: [
    {
      title: "a consumer with group.protocol=consumer reads, commits and leaves",
      reason: "groups of KIP-848 are not served yet (ConsumerGroupHeartbeat is not advertised)",
    },
    {
      title: "a confluent-kafka with group.protocol=consumer is given its partitions",
      reason: "groups of KIP-848 are not served yet (ConsumerGroupHeartbeat is not advertised)",
    },
  ],
  apicurio: apicurioDifferences,
  env: [],
};
