/**
 * Requests made up from their description, for tests that must not know what is sensible: every field holds some
 * value of its type, often one at an edge, and names come from a few that exist and a few that do not.
 */
import type { Field, Fields } from "../protocol/field.ts";
import { numberedBatch } from "./batches.ts";

export interface Random {
  /** 0 up to, not including, `below`. */
  int(below: number): number;
  pick<T>(values: readonly T[]): T;
}

/** The same numbers for the same seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number) => Math.floor(next() * below);
  return { int, pick: (values) => values[int(values.length)] as (typeof values)[number] };
}

const texts = [
  "",
  "a",
  "topic",
  "topic",
  "group",
  "group",
  "compact",
  "retention.bytes",
  "1",
  "ünï",
  "x".repeat(300),
];
const edges = {
  int8: [0, 1, 2, 3, 4, -1, 127, -128],
  int16: [0, 1, -1, 2, 32767, -32768],
  int32: [0, 0, 1, 2, 5, -1, -2, 1000, 6000, 2 ** 31 - 1, -(2 ** 31)],
  int64: [0, 0, 1, 2, -1, -2, -3, -4, -5, -6, 1000, 2 ** 40, Number.MAX_SAFE_INTEGER],
} as const;

export function randomMessage(fields: Fields, version: number, random: Random): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) message[name] = randomValue(field, version, random);
  return message;
}

function randomValue(field: Field<unknown>, version: number, random: Random): unknown {
  if (version >= field.nullableSince && random.int(5) === 0) return null;
  switch (field.type) {
    case "string":
      return random.pick(texts);
    case "bytes":
      return Buffer.from(random.pick(texts));
    case "records": {
      const bytes = randomRecords(random);
      return { buffers: [bytes], byteLength: bytes.length };
    }
    case "array": {
      const { element } = field;
      if (element === undefined) return [];
      return Array.from({ length: random.int(4) }, () => randomValue(element, version, random));
    }
    case "struct":
      return randomMessage(field.fields ?? {}, version, random);
    case "bool":
      return random.int(2) === 0;
    case "uuid":
      return random.pick(["0".repeat(32), "f".repeat(32)]);
    default:
      return random.pick(edges[field.type]);
  }
}

function randomRecords(random: Random): Buffer {
  const batch = numberedBatch(1 + random.int(3), {
    codec: random.pick(["none", "gzip", "snappy", "zstd"]),
    isTransactional: random.int(4) === 0,
    ...(random.int(2) === 0 && { producerId: random.int(2), producerEpoch: 0, baseSequence: random.int(3) }),
  });
  return random.int(4) === 0 ? mutate(batch, random) : batch;
}

/** The bytes with a few of them flipped, cut off, doubled or replaced by an edge. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(bytes);
  for (let changes = 1 + random.int(3); changes > 0 && mutated.length > 0; changes--) {
    const at = random.int(mutated.length);
    switch (random.int(4)) {
      case 0:
        mutated[at] = random.int(256);
        break;
      case 1:
        mutated = mutated.subarray(0, at);
        break;
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(random.int(at + 1))]);
        break;
      default:
        mutated.fill(
          random.pick([0x00, 0x7f, 0x80, 0xff]),
          at,
          Math.min(mutated.length, at + random.pick([1, 2, 4])),
        );
    }
  }
  return mutated;
}
