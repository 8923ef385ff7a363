/**
 * What a topic holds of certain keys, found by reading all of it: so that nothing is sent that is there, was replaced,
 * or was deleted.
 */
import type { ConsumedRecord, TopicReader } from "../kafka/port.ts";
import type { TopicName } from "../kernel/brand.ts";
import { redrivenFromHeader, redrivenOriginHeader } from "./receipt.ts";

export interface KeyedPlace {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly isTombstone: boolean;
}

export interface TopicView {
  /** The records of the key, the latest of each partition. */
  recordsOf(key: Buffer): readonly KeyedPlace[];
  /** Whether a record says that it was made of that letter: `TOPIC:PARTITION:OFFSET`. */
  holdsRedriven(letter: string): boolean;
  /** Whether a record says that it is the one that stood there, sent again: `PARTITION:OFFSET`. */
  holdsOrigin(place: string): boolean;
}

export const emptyView: TopicView = {
  recordsOf: () => [],
  holdsRedriven: () => false,
  holdsOrigin: () => false,
};

const nameOf = (key: Buffer) => key.toString("latin1");

/** Looks for these keys alone; memory grows with them, not with the topic. Rejects with KafkaError. */
export async function viewTopic(
  reader: TopicReader,
  topic: TopicName,
  { keys, signal }: { readonly keys: Iterable<Buffer>; readonly signal: AbortSignal },
): Promise<TopicView> {
  const byKey = new Map<string, Map<number, KeyedPlace>>();
  for (const key of keys) byKey.set(nameOf(key), new Map());
  const redriven = new Set<string>();
  const origins = new Set<string>();
  const take = ({ key, value, partition, offset, timestampMs, headers }: ConsumedRecord) => {
    const from = headers[redrivenFromHeader];
    if (from !== undefined) redriven.add(from.toString());
    const origin = headers[redrivenOriginHeader];
    if (origin !== undefined) origins.add(origin.toString());
    const places = key === null ? undefined : byKey.get(nameOf(key));
    places?.set(partition, { partition, offset, timestampMs, isTombstone: value === null });
  };
  for await (const { records } of reader.tail(topic, { maxRecords: Number.POSITIVE_INFINITY, signal })) {
    for (const record of records) take(record);
  }
  return {
    recordsOf: (key) => [...(byKey.get(nameOf(key))?.values() ?? [])],
    holdsRedriven: (letter) => redriven.has(letter),
    holdsOrigin: (place) => origins.has(place),
  };
}
