/**
 * The Kafka client over kafkajs 2.2.4, which works on current brokers and is no longer maintained: its known faults
 * are dealt with here and in the files this one opens, and its API goes no further than this room.
 */
import type { TlsMaterial } from "../kernel/tls.ts";
import type { Log } from "../telemetry/log.ts";
import { KafkaError } from "./error.ts";
import { openKafkaJsAdmin } from "./kafkajs-admin.ts";
import { openKafkaJsConsumer } from "./kafkajs-consumer.ts";
import type { KafkaJsSettings } from "./kafkajs-link.ts";
import { openKafkaJsProducer } from "./kafkajs-producer.ts";
import { openKafkaJsReader } from "./kafkajs-reader.ts";
import type { KafkaClient } from "./port.ts";
import type { KafkaCredentials } from "./security.ts";

export interface KafkaJsClientOptions {
  /** `host:port` each, at least one. */
  readonly brokers: readonly string[];
  /** Name the broker's logs and quotas know this client by. */
  readonly clientId: string;
  /** Connects over TLS; an empty object trusts what Node trusts. Default: plain TCP. */
  readonly tls?: TlsMaterial | null;
  /** Logs in to the brokers. Default: does not. */
  readonly sasl?: KafkaCredentials | null;
  readonly log: Log;
  /** How long an open call tries to reach a broker, in ms. Default 8,000; a refused port fails in about 3,000. */
  readonly connectTimeoutMs?: number;
  /** How long one request waits for its answer, in ms. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** How long a running producer or consumer rides out an absent broker before it gives up, in ms. Default 120,000. */
  readonly outageTimeoutMs?: number;
  /** How long closing waits for what is under way, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
}

/** A client bound to a cluster; connects only in its open calls. Throws KafkaError `invalid-address`. */
export function createKafkaJsClient(options: KafkaJsClientOptions): KafkaClient {
  const settings: KafkaJsSettings = {
    brokers: parseBrokers(options.brokers),
    clientId: options.clientId,
    tls: options.tls ?? null,
    sasl: options.sasl ?? null,
    record: { wasServed: false },
    log: options.log,
    connectTimeoutMs: options.connectTimeoutMs ?? 8000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    outageTimeoutMs: options.outageTimeoutMs ?? 120_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 5000,
  };
  return {
    openProducer: (producerOptions) => openKafkaJsProducer(settings, producerOptions),
    openConsumer: (consumerOptions) => openKafkaJsConsumer(settings, consumerOptions),
    openAdmin: () => openKafkaJsAdmin(settings),
    openReader: () => openKafkaJsReader(settings),
  };
}

/** kafkajs splits an address at its first colon and takes what it gets, so it is checked before. */
function parseBrokers(brokers: readonly string[]): readonly string[] {
  if (brokers.length === 0) throw invalidAddress("", "at least one broker is needed");
  for (const broker of brokers) {
    const match = /^[^\s:/]+:(\d{1,5})$/.exec(broker);
    const port = Number(match?.[1]);
    if (match === null || port < 1 || port > 65_535) throw invalidAddress(broker, "not host:port");
  }
  return brokers;
}

function invalidAddress(broker: string, why: string): KafkaError {
  return new KafkaError("invalid-address", `${JSON.stringify(broker)} is no Kafka broker: ${why}`, {
    details: { broker },
  });
}
