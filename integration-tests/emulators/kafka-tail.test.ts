/**
 * The tail of a topic while its leader is ahead of what readers may see, as in a cluster whose followers lag; the
 * emulator, which has none, is made to say so.
 */
import { expect, test } from "@jest/globals";
import type { Interceptor } from "../../src/emulators/kafka/protocol/api.ts";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { createKafkaJsClient } from "../../src/kafka/kafkajs.ts";
import type { TopicName } from "../../src/kernel/brand.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { adapterOf, createTopic, record, send } from "../support/kafka-clients.ts";

interface EndsRequest {
  readonly replicaId: number;
}
interface EndsAnswer {
  readonly topics: readonly { readonly partitions: readonly { offset: number }[] }[];
}

async function readValues(bootstrap: string, topic: TopicName, requestTimeoutMs = 30_000): Promise<string[]> {
  const options = { brokers: [bootstrap], clientId: "tail", log: silentLog, requestTimeoutMs };
  await using reader = await createKafkaJsClient(options).openReader();
  const values: string[] = [];
  for await (const { records } of reader.tail(topic, { maxRecords: 10 })) {
    values.push(...records.map(({ value }) => String(value)));
  }
  return values;
}

/** Says of a leader's log that it has `ahead()` more records than there are; tells each look of an ordinary reader. */
function createLag(ahead: () => number, onLook: () => Promise<void>): Interceptor {
  return async ({ api, request }, next) => {
    if (api.name !== "ListOffsets") return await next();
    const isDiagnosis = (request as unknown as EndsRequest).replicaId === -2;
    if (!isDiagnosis) await onLook();
    const answer = await next();
    if (isDiagnosis) {
      for (const { partitions } of (answer as unknown as EndsAnswer).topics) {
        for (const partition of partitions) partition.offset += ahead();
      }
    }
    return answer;
  };
}

test("The tail has what the leader had taken before it could be read", async () => {
  let isLagging = false;
  let looks = 0;
  const lag = createLag(
    () => (isLagging ? 1 : 0),
    async () => {
      if (isLagging && ++looks === 3)
        await send(adapterOf(kafka.bootstrap), topic, [record("replicated late")]);
    },
  );
  await using kafka = await startKafkaEmulator({ port: 0, intercept: lag });
  const topic = await createTopic(adapterOf(kafka.bootstrap), 1);
  await send(adapterOf(kafka.bootstrap), topic, [record("there")]);
  isLagging = true;
  expect(await readValues(kafka.bootstrap, topic)).toEqual(["there", "replicated late"]);
});

test("The tail does not wait for ever for what is not replicated", async () => {
  await using kafka = await startKafkaEmulator({
    port: 0,
    intercept: createLag(
      () => 1,
      async () => {},
    ),
  });
  const topic = await createTopic(adapterOf(kafka.bootstrap), 1);
  await send(adapterOf(kafka.bootstrap), topic, [record("there")]);
  expect(await readValues(kafka.bootstrap, topic, 300)).toEqual(["there"]);
});

test("The tail is read from servers that do not know readers for diagnosis", async () => {
  const refuse: Interceptor = async ({ api, request }, next) => {
    const answer = await next();
    if (api.name === "ListOffsets" && (request as unknown as EndsRequest).replicaId === -2) {
      for (const { partitions } of (answer as unknown as EndsAnswer).topics) {
        for (const partition of partitions) Object.assign(partition, { errorCode: 42, offset: -1 });
      }
    }
    return answer;
  };
  await using kafka = await startKafkaEmulator({ port: 0, intercept: refuse });
  const topic = await createTopic(adapterOf(kafka.bootstrap), 1);
  await send(adapterOf(kafka.bootstrap), topic, [record("there")]);
  expect(await readValues(kafka.bootstrap, topic)).toEqual(["there"]);
});

test.each(["ListOffsets", "Fetch"])(
  "The tail ends at once when it is told to, though %s is never answered",
  async (name) => {
    const told = new AbortController();
    let isSilent = false;
    const stayAway: Interceptor = async ({ api }, next) => {
      if (!isSilent || api.name !== name) return await next();
      told.abort();
      return await new Promise<never>(() => {});
    };
    await using kafka = await startKafkaEmulator({ port: 0, intercept: stayAway });
    const topic = await createTopic(adapterOf(kafka.bootstrap), 1);
    await send(adapterOf(kafka.bootstrap), topic, [record("there")]);
    const options = { brokers: [kafka.bootstrap], clientId: "tail", log: silentLog, closeTimeoutMs: 100 };
    await using reader = await createKafkaJsClient(options).openReader();
    isSilent = true;
    const batches = reader.tail(topic, { maxRecords: 10, signal: told.signal });
    expect(await batches[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  },
);
