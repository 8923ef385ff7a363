/**
 * kafkajs's log lines in ours. It reports almost everything twice, as a line at ERROR and as a rejected promise;
 * the adapter turns the promise into a KafkaError or retries, so those lines are for debugging alone.
 */
import type { LogEntry, logCreator } from "kafkajs";
import type { Log, LogFields } from "../telemetry/log.ts";

/** kafkajs's numbers for its levels. */
export const kafkaJsLevels = { error: 1, warn: 2, info: 4, debug: 5 } as const;

/** Parts of kafkajs whose errors also reach the adapter as a rejection or as a crash. */
const alsoRejected: ReadonlySet<string> = new Set([
  "Admin",
  "BrokerPool",
  "Cluster",
  "Connection",
  "Consumer",
  "Producer",
  "Runner",
  "SaslAuthenticator",
]);

const keptFields = ["broker", "groupId", "topic", "partition", "retryCount", "error"] as const;

/** kafkajs's `logCreator`: its own errors become warnings, what it retries or also throws goes to debug. */
export function createLogBridge(log: Log): logCreator {
  return () => (entry) => {
    const fields = fieldsOf(entry);
    const message = `kafkajs ${entry.namespace}: ${entry.log.message}`;
    if (entry.level === kafkaJsLevels.error && !isTold(entry)) log.warn(message, fields);
    else log.debug(message, fields);
  };
}

function isTold(entry: LogEntry): boolean {
  const [part = ""] = entry.namespace.split("-");
  return entry.log.retryCount !== undefined || alsoRejected.has(part);
}

function fieldsOf(entry: LogEntry): LogFields {
  const fields: Record<string, unknown> = {};
  for (const name of keptFields) {
    const value: unknown = entry.log[name];
    if (typeof value === "string" || typeof value === "number") fields[name] = value;
  }
  return fields;
}
