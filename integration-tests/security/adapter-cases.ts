/**
 * The Kafka client of the library over safe connections: each of its three kinds of connection is protected, and
 * fails with the same code.
 */
import { expect, test } from "@jest/globals";
import { createKafkaJsClient, type KafkaJsClientOptions } from "../../src/kafka/kafkajs.ts";
import type { KafkaClient } from "../../src/kafka/port.ts";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createTopic, freshName, read, record, send } from "../support/kafka-clients.ts";
import type { KafkaSecrets, SecureListener } from "../support/secure-kafka.ts";

export interface AdapterCases extends KafkaSecrets {
  readonly address: (listener: SecureListener) => string;
  readonly wrongPassword: string;
}

export function declareAdapterCases({ address, authority, user, wrongPassword }: AdapterCases): void {
  type Protection = Pick<KafkaJsClientOptions, "tls" | "sasl">;
  const clientOf = (listener: SecureListener, protection: Protection): KafkaClient =>
    createKafkaJsClient({
      brokers: [address(listener)],
      clientId: "security",
      log: silentLog,
      ...protection,
    });
  const tls = { ca: authority.certificate };
  const sasl = { mechanism: "scram-sha-256", ...user } as const;

  test.each([
    ["TLS", { tls }],
    ["MUTUAL", { tls: { ...tls, ...authority.issue({ name: "client" }) } }],
    ["LOGINTLS", { tls, sasl }],
    ["LOGIN", { sasl: { ...sasl, mechanism: "plain" } }],
  ] as const)("%s: what is sent is read, and the group keeps its place", async (listener, protection) => {
    const client = clientOf(listener, protection);
    const topic = await createTopic(client, 2);
    await send(client, topic, [record("one"), record("two"), record("three")]);
    const values = (await read(client, 3, { topics: [topic] })).map(({ value }) => value?.toString());
    expect(values.sort()).toEqual(["one", "three", "two"]);
  });

  const refusals: readonly (readonly [SecureListener, Protection, string])[] = [
    ["TLS", { tls: {} }, "broker-untrusted"],
    ["EXPIRED", { tls }, "broker-untrusted"],
    ["ELSEWHERE", { tls }, "broker-untrusted"],
    ["MUTUAL", { tls }, "authentication-failed"],
    ["LOGIN", { sasl: { ...sasl, password: wrongPassword } }, "authentication-failed"],
    ["LOGINTLS", { tls, sasl: { ...sasl, username: "nobody" } }, "authentication-failed"],
    ["PLAIN", { sasl }, "authentication-failed"],
  ];
  const kinds: Readonly<Record<string, (client: KafkaClient) => Promise<unknown>>> = {
    producer: (client) => client.openProducer(),
    consumer: (client) =>
      client.openConsumer({
        topics: [parseTopicName("any")],
        groupId: freshName("security"),
        startAt: "earliest",
      }),
    admin: (client) => client.openAdmin(),
  };
  test.each(refusals)(
    "%s, set up wrong: producer, consumer and admin fail alike",
    async (listener, protection, code) => {
      for (const open of Object.values(kinds)) {
        const error = await open(clientOf(listener, protection)).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code, retriable: false });
        expect(String(error)).toContain(address(listener));
      }
    },
  );
}
