/**
 * Which partition a record goes to: keyed records where Kafka's own Java client puts them (murmur2 of the key,
 * positive, modulo the number of partitions), the others in turn.
 *
 * kafkajs asks its partitioner anew at each retry, which would move records between partitions while their
 * sequence numbers stay behind; so the choice is written into the message and holds.
 */
import type { ICustomPartitioner, Message, PartitionMetadata } from "kafkajs";

const multiplier = 0x5bd1e995;

/** MurmurHash2, 32 bit, with the seed Kafka uses; signed. */
export function murmur2(bytes: Buffer): number {
  const { length } = bytes;
  const tail = length - (length % 4);
  let hash = 0x9747b28c ^ length;
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (length > tail) {
    for (let at = tail; at < length; at++) hash ^= bytes.readUInt8(at) << (8 * (at - tail));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition, from 0, of a record with this key in a topic of `partitions` partitions. */
export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** A kafkajs partitioner whose choice for a message is final. */
export const createFinalPartitioner: ICustomPartitioner = () => {
  let turn = 0;
  return ({ message, partitionMetadata }) => {
    message.partition ??= choose(message, partitionMetadata, () => turn++);
    return message.partition;
  };
};

function choose({ key }: Message, partitions: PartitionMetadata[], nextTurn: () => number): number {
  if (key !== null && key !== undefined) {
    return partitionOfKey(typeof key === "string" ? Buffer.from(key) : key, partitions.length);
  }
  const led = partitions.filter(({ leader }) => leader >= 0);
  const candidates = led.length > 0 ? led : partitions;
  return candidates[nextTurn() % candidates.length]?.partitionId ?? 0;
}
