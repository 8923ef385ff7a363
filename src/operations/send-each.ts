/**
 * Records to the brokers, whatever one of them is: one that is too large is left out, the others arrive.
 */
import type { OutgoingRecord, RecordProducer } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";

/**
 * Resolves when every record is acknowledged that the brokers take, with those that are too large for them and what
 * they say. Rejects with any other KafkaError.
 */
export async function sendEach(
  producer: RecordProducer,
  topic: TopicName,
  records: readonly OutgoingRecord[],
): Promise<ReadonlyMap<OutgoingRecord, string>> {
  const refused = new Map<OutgoingRecord, string>();
  for (let rest = records; rest.length > 0; ) {
    try {
      await producer.send(topic, rest);
      break;
    } catch (error) {
      if (!(error instanceof BirdwireError) || error.code !== "record-too-large") throw error;
      const { index } = error.details;
      const culprit = typeof index === "number" ? rest[index] : undefined;
      if (culprit === undefined) throw error;
      refused.set(culprit, describeCause(error));
      // What stands before it has been written.
      rest = rest.slice(rest.indexOf(culprit) + 1);
    }
  }
  return refused;
}
