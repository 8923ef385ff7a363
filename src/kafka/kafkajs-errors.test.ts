import { describe, expect, test } from "@jest/globals";
import kafkajs from "kafkajs";
import { KafkaError } from "./error.ts";
import { brokerErrorType, toKafkaError } from "./kafkajs-errors.ts";

const context = { doing: "send to topic twitter", brokers: ["127.0.0.1:9092"], topic: "twitter" };

/** An answer of the broker, as kafkajs throws it. */
function protocolError(type: string, retriable = false): Error {
  const error = new Error(`the broker said ${type}`);
  return new kafkajs.KafkaJSProtocolError(Object.assign(error, { type, code: 1, retriable }));
}

/** kafkajs's wrapper for "tried that many times". */
function retriesExceeded(cause: Error): Error {
  return new kafkajs.KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 100 });
}

describe("an error of kafkajs", () => {
  test.each([
    ["UNKNOWN_TOPIC_OR_PARTITION", "unknown-topic", false],
    ["INVALID_TOPIC_EXCEPTION", "invalid-topic", false],
    ["INVALID_REPLICATION_FACTOR", "invalid-topic", false],
    ["MESSAGE_TOO_LARGE", "record-too-large", false],
    ["SASL_AUTHENTICATION_FAILED", "authentication-failed", false],
    ["TOPIC_AUTHORIZATION_FAILED", "authorization-failed", false],
    ["NOT_ENOUGH_REPLICAS", "not-enough-replicas", true],
    ["ILLEGAL_GENERATION", "rebalance-in-progress", true],
    ["LEADER_NOT_AVAILABLE", "broker-unavailable", true],
    ["UNSUPPORTED_VERSION", "unsupported", false],
    ["SECURITY_DISABLED", "kafka-failed", false],
  ] as const)("%s becomes %s, also inside a retry wrapper", (type, code, retriable) => {
    for (const thrown of [protocolError(type), retriesExceeded(protocolError(type))]) {
      const error = toKafkaError(thrown, context);
      expect(error).toBeInstanceOf(KafkaError);
      expect(error).toMatchObject({ code, retriable, cause: thrown });
      expect(error.details).toEqual({ brokers: ["127.0.0.1:9092"], topic: "twitter", kafkaError: type });
      expect(error.message).toContain("cannot send to topic twitter");
    }
  });

  test.each([
    ["KafkaJSConnectionError", "broker-unreachable"],
    ["KafkaJSConnectionClosedError", "broker-unreachable"],
    ["KafkaJSBrokerNotFound", "broker-unreachable"],
    ["KafkaJSRequestTimeoutError", "broker-unavailable"],
    ["KafkaJSSASLAuthenticationError", "authentication-failed"],
    ["KafkaJSServerDoesNotSupportApiKey", "unsupported"],
  ] as const)("%s that no broker's answer explains becomes %s", (name, code) => {
    expect(kafkajs).toHaveProperty(name);
    const thrown = Object.assign(new Error("as kafkajs throws it"), { name });
    expect(toKafkaError(retriesExceeded(thrown), context).code).toBe(code);
  });

  test.each([
    ["CERT_HAS_EXPIRED", "broker-untrusted", "expired"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "broker-untrusted", "wrong-host"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "broker-untrusted", "unknown-authority"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "authentication-failed", "client-certificate"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "protocol-mismatch", "not-tls"],
    ["ERR_SSL_NO_PROTOCOLS_AVAILABLE", "broker-untrusted", "handshake"],
  ] as const)("whose connection failed with %s becomes %s, and is not tried again", (code, ours, tls) => {
    const thrown = new kafkajs.KafkaJSConnectionError("Connection error: why", { code });
    expect(toKafkaError(retriesExceeded(thrown), context)).toMatchObject({
      code: ours,
      retriable: false,
      message: expect.stringContaining(`127.0.0.1:9092 `),
      details: { tls },
    });
  });

  test.each([
    ["wants-tls", "broker-unreachable", true],
    ["wants-plain-tcp", "broker-unreachable", true],
    ["wants-client-certificate", "broker-unreachable", true],
    ["refuses-client-certificate", "authentication-failed", false],
    ["wants-login", "authentication-failed", false],
    ["speaks-tls", "protocol-mismatch", false],
  ] as const)("of a broker that hangs up and %s becomes %s", (suspicion, code, retriable) => {
    const name = "KafkaJSConnectionClosedError";
    const thrown = Object.assign(new Error("Closed connection"), { name });
    expect(toKafkaError(thrown, { ...context, suspicion })).toMatchObject({
      code,
      retriable,
      message: expect.stringMatching(/127\.0\.0\.1:9092 (hangs up|speaks TLS).* \(Closed connection\)$/),
      details: { suspicion, kafkaError: name },
    });
  });

  test("names the brokers when none can be reached", () => {
    const error = toKafkaError(new kafkajs.KafkaJSConnectionError("connect ECONNREFUSED"), context);
    expect(error.message).toBe(
      "cannot send to topic twitter: no Kafka broker answers at 127.0.0.1:9092 (connect ECONNREFUSED)",
    );
  });

  test("that gathers several has the code of the first the broker explains", () => {
    const thrown = new kafkajs.KafkaJSAggregateError("creating topics", [protocolError("POLICY_VIOLATION")]);
    expect(brokerErrorType(thrown)).toBe("POLICY_VIOLATION");
    expect(toKafkaError(thrown, context).code).toBe("invalid-topic");
  });
});

describe("anything else that was thrown", () => {
  test("becomes kafka-failed and stays the cause", () => {
    expect(toKafkaError("boom", context)).toMatchObject({
      code: "kafka-failed",
      cause: "boom",
      retriable: false,
    });
  });

  test("is kept as it is when it is a KafkaError", () => {
    const error = new KafkaError("closed", "closed");
    expect(toKafkaError(error, context)).toBe(error);
  });

  test("may be its own cause", () => {
    const thrown = new Error("loop");
    thrown.cause = thrown;
    expect(toKafkaError(thrown, context).code).toBe("kafka-failed");
  });
});
