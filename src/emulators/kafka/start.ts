/**
 * The Kafka emulator: a cluster of one broker, in memory, over TCP, for development and tests. Real clients take
 * it for Kafka; what it serves is listed in `apis.ts`. Its log is lost when it stops.
 */
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Clock, createSystemClock } from "../../kernel/clock.ts";
import { describeCause } from "../../kernel/error.ts";
import type { Log } from "../../telemetry/log.ts";
import { EmulatorError, listen } from "../listen.ts";
import { type ServerTls, serverTlsOptions } from "../server-tls.ts";
import { createBroker } from "./broker.ts";
import { createFrameBudget, serveConnection } from "./connection.ts";
import { startControl } from "./control.ts";
import type { Interceptor } from "./protocol/api.ts";
import type { SaslOptions } from "./sasl/session.ts";
import { maxPartitions } from "./topics.ts";

export interface KafkaEmulatorOptions {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Host that clients are told to connect to. Default: `host`, or localhost when that is every address. */
  readonly advertisedHost?: string;
  /** Partitions of a topic for which nobody said how many. Default 1. */
  readonly defaultPartitions?: number;
  /** Bytes of record batches that a partition keeps; its oldest batches give way. Default 256 MiB. */
  readonly retentionBytes?: number;
  /** Whether asking for a topic's metadata creates it. Default true. */
  readonly autoCreateTopics?: boolean;
  /** Shortest session time-out that a group member may ask for. Default 6,000, as Kafka's. */
  readonly minSessionTimeoutMs?: number;
  /** How often members of KIP-848 groups are told to be heard of. Default 5,000, as Kafka's. */
  readonly consumerHeartbeatIntervalMs?: number;
  /** When such a member is given up that is not heard of. Default 45,000, as Kafka's. */
  readonly consumerSessionTimeoutMs?: number;
  /** How often old records are dropped and compacted, as their topics say. Default 15,000, as Kafka's cleaner. */
  readonly cleanupIntervalMs?: number;
  /** Serves TLS and nothing else. Default: plain TCP. */
  readonly tls?: ServerTls;
  /** Lets in who shows one of these users' passwords. Default: everybody. */
  readonly sasl?: SaslOptions;
  /** Default: nothing is logged. */
  readonly log?: Log;
  /** Of timestamps, sessions and long polls. Default: real time. */
  readonly clock?: Clock;
  /** Serves what Kafka has no request for; see control.ts. 0: any free port. Default: nothing. */
  readonly controlPort?: number | undefined;
  /** Stands between the router and each request's handler; for tests. Default: none. */
  readonly intercept?: Interceptor;
}

export interface KafkaEmulator extends AsyncDisposable {
  /** Host that clients are told to connect to. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, for a client's list of brokers. */
  readonly bootstrap: string;
  /** Port of the control server; null without one. */
  readonly controlPort: number | null;
  /**
   * Closes the newest segment of each partition of a topic, as Kafka does by size and time, and cleans it up at once.
   * False when there is no such topic.
   */
  rollTopic(name: string): boolean;
  /** Offsets of each partition of a topic, for tests; null when there is no such topic. */
  inspectTopic(name: string): { startOffset: number; endOffset: number; bytes: number }[] | null;
}

const defaultRetentionBytes = 256 * 1024 * 1024;
const defaultMinSessionTimeoutMs = 6_000;
const defaultConsumerHeartbeatIntervalMs = 5_000;
const defaultConsumerSessionTimeoutMs = 45_000;
const defaultCleanupIntervalMs = 15_000;
/** Far above what a development machine opens, below what file handles allow. */
const maxConnections = 2_000;

/**
 * Starts listening. Rejects with EmulatorError `port-in-use`, `cannot-listen` or `invalid-option`. Disposing of it
 * closes every connection.
 */
export async function startKafkaEmulator(options: KafkaEmulatorOptions = {}): Promise<KafkaEmulator> {
  const host = options.host ?? "127.0.0.1";
  const defaultPartitions = options.defaultPartitions ?? 1;
  const retentionBytes = options.retentionBytes ?? defaultRetentionBytes;
  checkRange("defaultPartitions", defaultPartitions, maxPartitions);
  checkRange("retentionBytes", retentionBytes, Number.MAX_SAFE_INTEGER);

  const broker = createBroker({
    clock: options.clock ?? createSystemClock(),
    defaultPartitions,
    retentionBytes,
    autoCreateTopics: options.autoCreateTopics ?? true,
    minSessionTimeoutMs: options.minSessionTimeoutMs ?? defaultMinSessionTimeoutMs,
    consumerHeartbeatIntervalMs: options.consumerHeartbeatIntervalMs ?? defaultConsumerHeartbeatIntervalMs,
    consumerSessionTimeoutMs: options.consumerSessionTimeoutMs ?? defaultConsumerSessionTimeoutMs,
    cleanupIntervalMs: options.cleanupIntervalMs ?? defaultCleanupIntervalMs,
    sasl: options.sasl,
  });
  const budget = createFrameBudget();
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => serveConnection(socket, broker, options.log, budget, options.intercept);
  const server =
    options.tls === undefined ? createServer(serve) : createTlsServer(serverTlsOptions(options.tls), serve);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", (error) => {
    options.log?.debug("Kafka emulator: no TLS with a client", { reason: describeCause(error) });
  });
  server.maxConnections = maxConnections;
  const { port: wantedPort = 0 } = options;
  const port = await listen(server, { what: "Kafka emulator", host, port: wantedPort }).catch((cause) => {
    broker.close();
    throw cause;
  });
  const advertisedHost = options.advertisedHost ?? (host === "0.0.0.0" || host === "::" ? "localhost" : host);
  broker.address = { host: advertisedHost, port };
  const stopServing = async () => {
    broker.close();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const control =
    options.controlPort === undefined
      ? null
      : await startControl({ host, port: options.controlPort, broker }).catch(async (error: unknown) => {
          await stopServing();
          throw error;
        });

  return {
    host: advertisedHost,
    port,
    bootstrap: `${advertisedHost.includes(":") ? `[${advertisedHost}]` : advertisedHost}:${port}`,
    controlPort: control?.port ?? null,
    rollTopic: (name) => broker.roll(name),
    inspectTopic(name) {
      const topic = broker.topics.byName(name);
      if (topic === undefined) return null;
      return topic.partitions.map(({ startOffset, endOffset, byteLength }) => ({
        startOffset,
        endOffset,
        bytes: byteLength,
      }));
    },
    async [Symbol.asyncDispose]() {
      await control?.[Symbol.asyncDispose]();
      await stopServing();
    },
  };
}

function checkRange(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new EmulatorError(
    "invalid-option",
    `the Kafka emulator's ${option} is ${value}; it must be an integer from 1 to ${max}`,
    { details: { option, value } },
  );
}
