/**
 * kafkajs's errors as KafkaErrors, by the name or the protocol type they carry, never by their message.
 *
 * The types are the protocol's error names (kafka.apache.org/protocol, "Error Codes"), the names kafkajs's classes.
 */
import { isNativeError } from "node:util/types";
import { describeCause } from "../kernel/error.ts";
import { describeTlsError, systemCodeOf, tlsFailureOf, tlsFailureSentences } from "../kernel/tls.ts";
import { KafkaError, type KafkaErrorCode } from "./error.ts";
import type { Suspicion } from "./kafkajs-sockets.ts";

export interface ErrorContext {
  /** What was under way, to follow "cannot": `send to topic twitter`. */
  readonly doing: string;
  readonly brokers: readonly string[];
  readonly topic?: string;
  readonly groupId?: string;
  /** What a broker that hung up probably wants, where that is known. */
  readonly suspicion?: Suspicion | undefined;
}

const codeOfType: Readonly<Record<string, KafkaErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: "unknown-topic",
  UNKNOWN_TOPIC_ID: "unknown-topic",
  INVALID_TOPIC_EXCEPTION: "invalid-topic",
  INVALID_PARTITIONS: "invalid-topic",
  INVALID_REPLICATION_FACTOR: "invalid-topic",
  INVALID_REPLICA_ASSIGNMENT: "invalid-topic",
  INVALID_CONFIG: "invalid-topic",
  POLICY_VIOLATION: "invalid-topic",
  MESSAGE_TOO_LARGE: "record-too-large",
  RECORD_LIST_TOO_LARGE: "record-too-large",
  CORRUPT_MESSAGE: "invalid-record",
  INVALID_TIMESTAMP: "invalid-record",
  INVALID_RECORD: "invalid-record",
  UNSUPPORTED_SASL_MECHANISM: "authentication-failed",
  ILLEGAL_SASL_STATE: "authentication-failed",
  SASL_AUTHENTICATION_FAILED: "authentication-failed",
  TOPIC_AUTHORIZATION_FAILED: "authorization-failed",
  GROUP_AUTHORIZATION_FAILED: "authorization-failed",
  CLUSTER_AUTHORIZATION_FAILED: "authorization-failed",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "authorization-failed",
  NOT_ENOUGH_REPLICAS: "not-enough-replicas",
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: "not-enough-replicas",
  REBALANCE_IN_PROGRESS: "rebalance-in-progress",
  ILLEGAL_GENERATION: "rebalance-in-progress",
  UNKNOWN_MEMBER_ID: "rebalance-in-progress",
  FENCED_INSTANCE_ID: "rebalance-in-progress",
  UNSUPPORTED_VERSION: "unsupported",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "unsupported",
  UNSUPPORTED_COMPRESSION_TYPE: "unsupported",
  LEADER_NOT_AVAILABLE: "broker-unavailable",
  NOT_LEADER_FOR_PARTITION: "broker-unavailable",
  FENCED_LEADER_EPOCH: "broker-unavailable",
  UNKNOWN_LEADER_EPOCH: "broker-unavailable",
  REPLICA_NOT_AVAILABLE: "broker-unavailable",
  BROKER_NOT_AVAILABLE: "broker-unavailable",
  REQUEST_TIMED_OUT: "broker-unavailable",
  NETWORK_EXCEPTION: "broker-unavailable",
  GROUP_LOAD_IN_PROGRESS: "broker-unavailable",
  GROUP_COORDINATOR_NOT_AVAILABLE: "broker-unavailable",
  NOT_COORDINATOR_FOR_GROUP: "broker-unavailable",
  NOT_CONTROLLER: "broker-unavailable",
  KAFKA_STORAGE_ERROR: "broker-unavailable",
};

const codeOfName: Readonly<Record<string, KafkaErrorCode>> = {
  KafkaJSConnectionError: "broker-unreachable",
  KafkaJSConnectionClosedError: "broker-unreachable",
  KafkaJSNoBrokerAvailableError: "broker-unreachable",
  KafkaJSBrokerNotFound: "broker-unreachable",
  KafkaJSRequestTimeoutError: "broker-unavailable",
  KafkaJSLockTimeout: "broker-unavailable",
  KafkaJSTimeout: "broker-unavailable",
  KafkaJSGroupCoordinatorNotFound: "broker-unavailable",
  KafkaJSMetadataNotLoaded: "broker-unavailable",
  KafkaJSTopicMetadataNotLoaded: "broker-unavailable",
  KafkaJSStaleTopicMetadataAssignment: "broker-unavailable",
  KafkaJSSASLAuthenticationError: "authentication-failed",
  KafkaJSServerDoesNotSupportApiKey: "unsupported",
  KafkaJSNotImplemented: "unsupported",
};

const retriableCodes: ReadonlySet<KafkaErrorCode> = new Set([
  "broker-unreachable",
  "broker-unavailable",
  "not-enough-replicas",
  "rebalance-in-progress",
]);

/** One error out of an error's causes and parts, outermost first. */
interface Link {
  readonly error: Error;
  readonly type: string | undefined;
}

/** An error, what caused it, and the parts of an aggregate, so that retry wrappers do not hide the reason. */
function linksOf(thrown: unknown, depth = 0): Link[] {
  // Not instanceof, which is false for an error of TLS out of another realm (a test runner's).
  if (!isNativeError(thrown) || depth > 8) return [];
  const { type, cause, errors } = thrown as { type?: unknown; cause?: unknown; errors?: unknown };
  const parts = Array.isArray(errors) ? errors : [];
  return [
    { error: thrown, type: typeof type === "string" ? type : undefined },
    ...[cause, ...parts].flatMap((inner) => (inner === thrown ? [] : linksOf(inner, depth + 1))),
  ];
}

/** The protocol's name of the broker's answer in `thrown` or its causes, or undefined. */
export function brokerErrorType(thrown: unknown): string | undefined {
  return linksOf(thrown).find(({ type }) => type !== undefined)?.type;
}

/** A KafkaError that says what could not be done and why; one that already is, as it is. */
export function toKafkaError(thrown: unknown, context: ErrorContext): KafkaError {
  if (thrown instanceof KafkaError) return thrown;
  const links = linksOf(thrown);
  const broken = links.find(({ error }) => tlsFailureOf(error) !== null);
  if (broken !== undefined) return untrusted(broken.error, thrown, context);
  const answered = links.find(({ type }) => type !== undefined);
  const named = links.find(({ error }) => codeOfName[error.name] !== undefined);
  const code =
    (answered?.type === undefined ? undefined : codeOfType[answered.type]) ??
    (named === undefined ? undefined : codeOfName[named.error.name]) ??
    (context.suspicion === undefined ? "kafka-failed" : "broker-unreachable");
  if (code === "broker-unreachable") return unreachable(thrown, context);
  const { doing, brokers } = context;
  const reason = describeCause(answered?.error ?? named?.error ?? thrown);
  const who = code === "authentication-failed" ? `${brokers.join(", ")} does not let us in: ` : "";
  return new KafkaError(code, `cannot ${doing}: ${who}${reason}`, {
    retriable: retriableCodes.has(code),
    cause: thrown,
    details: { ...placeOf(context), kafkaError: nameOf(thrown) },
  });
}

/** Nothing answers, or what answers hangs up: then with what it probably wants, and the code of that. */
export function unreachable(thrown: unknown, context: ErrorContext, when = ""): KafkaError {
  const { doing, brokers, suspicion } = context;
  const links = linksOf(thrown);
  const reason = describeCause(
    links.find(({ error }) => codeOfName[error.name] !== undefined)?.error ?? thrown,
  );
  const wants = suspicion === undefined ? undefined : wanted[suspicion];
  const code = wants?.code ?? "broker-unreachable";
  const where =
    wants === undefined
      ? `no Kafka broker answers at ${brokers.join(", ")}${when}`
      : `${brokers.join(", ")} ${wants.what}`;
  return new KafkaError(code, `cannot ${doing}: ${where} (${reason})`, {
    retriable: retriableCodes.has(code),
    cause: thrown,
    details: {
      ...placeOf(context),
      kafkaError: nameOf(thrown),
      ...(suspicion !== undefined && { suspicion }),
    },
  });
}

const wanted: Readonly<Record<Suspicion, { readonly code: KafkaErrorCode; readonly what: string }>> = {
  "wants-plain-tcp": { code: "broker-unreachable", what: "hangs up on TLS: it seems not to speak it" },
  "speaks-tls": { code: "protocol-mismatch", what: "speaks TLS, and we do not" },
  "wants-tls": {
    code: "broker-unreachable",
    what: "hangs up on a connection without TLS: it may want it",
  },
  "wants-client-certificate": {
    code: "broker-unreachable",
    what: "hangs up as soon as TLS is agreed on: it may want a client certificate",
  },
  "refuses-client-certificate": {
    code: "authentication-failed",
    what: "hangs up as soon as TLS is agreed on: it seems not to trust our client certificate",
  },
  "wants-login": {
    code: "authentication-failed",
    what: "hangs up on whoever has not logged in: it wants a user name",
  },
};

function untrusted(broken: Error, thrown: unknown, context: ErrorContext): KafkaError {
  const systemCode = systemCodeOf(broken);
  const tls = tlsFailureOf(broken) ?? "handshake";
  const code =
    tls === "client-certificate"
      ? "authentication-failed"
      : tls === "not-tls"
        ? "protocol-mismatch"
        : "broker-untrusted";
  const { doing, brokers } = context;
  const where = `${brokers.join(", ")} ${tlsFailureSentences[tls]}`;
  return new KafkaError(code, `cannot ${doing}: ${where}: ${describeTlsError(broken)} (${systemCode})`, {
    cause: thrown,
    details: { ...placeOf(context), kafkaError: nameOf(thrown), tls },
  });
}

function placeOf({ brokers, topic, groupId }: ErrorContext): Readonly<Record<string, unknown>> {
  return {
    brokers,
    ...(topic === undefined ? {} : { topic }),
    ...(groupId === undefined ? {} : { groupId }),
  };
}

/** The broker's or the client's own name for what happened. */
function nameOf(thrown: unknown): string {
  const links = linksOf(thrown);
  const named = links.find(({ error }) => codeOfName[error.name] !== undefined);
  const type = links.find((link) => link.type !== undefined)?.type;
  return type ?? named?.error.name ?? (thrown instanceof Error ? thrown.name : "unknown");
}
