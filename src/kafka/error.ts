/**
 * What can go wrong between Birdwire and a Kafka cluster, as codes to decide on.
 */
import { BirdwireError } from "../kernel/error.ts";

export const kafkaErrorCodes = [
  /** No broker answers at the addresses given. Retriable. */
  "broker-unreachable",
  /** A broker answers but cannot serve this now: no leader, coordinator loading, timed out. Retriable. */
  "broker-unavailable",
  /** An address is not `host:port`. */
  "invalid-address",
  "unknown-topic",
  /** The broker refuses a topic's name, partitions, replication or configuration. */
  "invalid-topic",
  /** One record is larger than the broker takes. */
  "record-too-large",
  /** The broker refuses a record for another reason than its size. */
  "invalid-record",
  /** A broker's certificate does not verify, or is for another host. */
  "broker-untrusted",
  /** One side speaks TLS and the other does not. */
  "protocol-mismatch",
  /** User name, password, mechanism or client certificate are missing or not taken. */
  "authentication-failed",
  "authorization-failed",
  /** Fewer replicas in sync than the topic asks for. Retriable. */
  "not-enough-replicas",
  /** The group is sharing out its partitions anew: what was to be committed now belongs to the next owner. */
  "rebalance-in-progress",
  /** Somebody is a member of the group, so nobody else may move its positions. */
  "group-active",
  /** The broker does not speak a request or version that is needed. */
  "unsupported",
  /** The consumer stopped for a reason that has no code of its own. */
  "consumer-crashed",
  /** The producer, consumer or admin was closed before or while it was used. */
  "closed",
  /** Anything else the client or the broker reported; `details.kafkaError` names it. */
  "kafka-failed",
] as const;

export type KafkaErrorCode = (typeof kafkaErrorCodes)[number];

/**
 * `details` may hold brokers, topic, groupId, kafkaError: the broker's or the client's own name
 * for it, tls: how TLS failed, suspicion: what a broker that hangs up probably wants.
 */
export class KafkaError extends BirdwireError<KafkaErrorCode> {}
