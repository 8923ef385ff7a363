/**
 * The producer over kafkajs: idempotent, acknowledged by all replicas in sync, one request in flight.
 */
import { createSystemClock } from "../kernel/clock.ts";
import { createDelivery, type DeliverySession } from "./kafkajs-delivery.ts";
import { createLink, innerRetry, type KafkaJsSettings } from "./kafkajs-link.ts";
import { createFinalPartitioner } from "./kafkajs-partitioner.ts";
import type { ProducerOptions, RecordProducer } from "./port.ts";

/** kafkajs's numbers for the codecs, as in a record batch's attributes. */
const codecs = { none: 0, gzip: 1 } as const;
const allReplicas = -1;

/** Rejects with KafkaError when no broker can be reached. */
export async function openKafkaJsProducer(
  settings: KafkaJsSettings,
  { compression = "none", onOutage }: ProducerOptions = {},
): Promise<RecordProducer> {
  const openSession = async (): Promise<DeliverySession> => {
    const link = await createLink(settings);
    const producer = link.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: createFinalPartitioner,
      // What lasts longer is repeated by the delivery, or is an answer: a topic that is not there, say.
      retry: { ...innerRetry, retries: 3 },
    });
    await link.connect("open a Kafka producer", () => producer.connect());
    return {
      async send(topic, messages) {
        await producer.send({
          topic,
          messages,
          acks: allReplicas,
          compression: codecs[compression],
          timeout: settings.requestTimeoutMs,
        });
      },
      close: () => link.close(() => producer.disconnect()),
    };
  };
  const { brokers, log, outageTimeoutMs, closeTimeoutMs } = settings;
  const clock = createSystemClock();
  const first = await openSession();
  return createDelivery(first, {
    brokers,
    log,
    clock,
    outageTimeoutMs,
    closeTimeoutMs,
    openSession,
    onOutage,
  });
}
