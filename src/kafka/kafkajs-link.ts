/**
 * One kafkajs client for one producer, consumer or admin: with its sockets in our hands, so that what kafkajs
 * waits for without end (a connect, a reply, a disconnect while the broker is away) can be ended.
 *
 * Not shared between opens: kafkajs keeps the offsets of a group for each client, and two consumers of one group
 * would overwrite each other's.
 */
import type { Kafka, RetryOptions, SASLOptions } from "kafkajs";
import type { Log } from "../telemetry/log.ts";
import { replaceBatch } from "./kafkajs-batch-filter.ts";
import { addZstd } from "./kafkajs-codecs.ts";
import { toKafkaError, unreachable } from "./kafkajs-errors.ts";
import { replaceBatchDecoder } from "./kafkajs-fast-records.ts";
import { createLogBridge, kafkaJsLevels } from "./kafkajs-log.ts";
import { guardOffsetReset } from "./kafkajs-offset-reset.ts";
import { guardRejoin } from "./kafkajs-rejoin.ts";
import { guardRequestQueue } from "./kafkajs-request-queue.ts";
import { createSockets, type ServiceRecord, type Suspicion } from "./kafkajs-sockets.ts";
import type { ConnectionProtection } from "./security.ts";

/** Every setting of the adapter, defaults filled in; times in milliseconds. */
export interface KafkaJsSettings extends ConnectionProtection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly record: ServiceRecord;
  readonly log: Log;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long a producer or consumer rides out an absent broker. */
  readonly outageTimeoutMs: number;
  /** How long closing waits for sends under way and for a polite goodbye, each. */
  readonly closeTimeoutMs: number;
}

export interface KafkaJsLink {
  readonly kafka: Kafka;
  /** What a broker that hung up on us probably wants. */
  readonly suspicion: Suspicion | undefined;
  /** Runs the first connect; after `connectTimeoutMs` or a failure the link is cut and a KafkaError thrown. */
  connect<T>(doing: string, work: () => Promise<T>): Promise<T>;
  /** Waits for a goodbye for at most `closeTimeoutMs`, then cuts; never throws. */
  close(goodbye: () => Promise<void>): Promise<void>;
  /** Ends every connection at once and refuses new ones; what kafkajs still waits for is rejected. */
  cut(): void;
}

/** Nested inside kafkajs, so a connect that is refused fails in about 3 s; longer outages are the adapter's. */
export const innerRetry: RetryOptions = {
  initialRetryTime: 100,
  multiplier: 2,
  maxRetryTime: 2000,
  retries: 5,
};

const attemptTimeoutMs = 3000;

export async function createLink(settings: KafkaJsSettings): Promise<KafkaJsLink> {
  const { brokers, clientId, tls, sasl, record, log, connectTimeoutMs, requestTimeoutMs, closeTimeoutMs } =
    settings;
  // What kafkajs loads with itself.
  replaceBatch();
  // Loaded here since it takes 100 ms that commands without Kafka should not pay.
  const { default: kafkajs } = await import("kafkajs");
  guardRequestQueue();
  guardOffsetReset();
  guardRejoin();
  replaceBatchDecoder();
  addZstd(kafkajs.CompressionCodecs);
  const sockets = createSockets({ tls, sasl }, record);
  let isCut = false;

  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: Math.min(attemptTimeoutMs, connectTimeoutMs),
    requestTimeout: requestTimeoutMs,
    // The sockets are ours; this only says so in what it logs.
    ssl: tls !== null,
    // A copy, since it keeps its state in there.
    ...(sasl !== null && { sasl: { ...sasl } as SASLOptions }),
    retry: innerRetry,
    logLevel: kafkaJsLevels.info,
    logCreator: createLogBridge(log),
    socketFactory({ host, port, onConnect }) {
      // An Error it would wrap and try again; what has no message ends its retries.
      if (isCut) throw undefined;
      return sockets.open({ host, port, onConnect });
    },
  });

  const cut = () => {
    isCut = true;
    sockets.destroy(new Error("this Kafka client is closed"));
  };

  return {
    kafka,
    get suspicion() {
      return sockets.suspicion;
    },
    cut,
    async connect(doing, work) {
      const outcome = await within(connectTimeoutMs, Promise.race([work(), sockets.hopeless]));
      if (outcome.kind === "done") return outcome.value;
      const { lastFailure, suspicion } = sockets;
      cut();
      const context = { doing, brokers, suspicion };
      if (outcome.kind === "failed") throw toKafkaError(outcome.error, context);
      throw unreachable(
        lastFailure ?? new Error("no answer in the Kafka protocol"),
        context,
        ` within ${connectTimeoutMs} ms`,
      );
    },
    async close(goodbye) {
      const outcome = await within(closeTimeoutMs, goodbye());
      if (outcome.kind === "done") {
        isCut = true;
        sockets.destroy();
        return;
      }
      log.debug("left Kafka without a goodbye", { outcome: outcome.kind });
      cut();
    },
  };
}

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "late" };

/** What became of `work` after at most `ms` milliseconds; a later rejection is swallowed. */
export async function within<T>(ms: number, work: Promise<T>): Promise<Outcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "late" }), ms);
  });
  const ended = work.then(
    (value): Outcome<T> => ({ kind: "done", value }),
    (error: unknown): Outcome<T> => ({ kind: "failed", error }),
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
