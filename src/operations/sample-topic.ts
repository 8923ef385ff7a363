/**
 * The last records of a topic held against a proposed schema: each way in which real data breaks, told once, with the
 * records that it was seen in.
 */
import type { TopicReader } from "../kafka/port.ts";
import type { SchemaId, TopicName } from "../kernel/brand.ts";
import type { SampleRule, Sampler } from "../serde/sample.ts";

/** Records that a finding names; the others are counted. */
const namedRecords = 3;

export interface SampledPlace {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  /** JSON pointer into the record's value. */
  readonly path: string;
}

export interface SampleFinding {
  readonly rule: SampleRule | "sample-unsound";
  /** JSON pointer into the proposed schema. */
  readonly schemaPath: string;
  readonly message: string;
  /** How many records it was seen in. */
  readonly count: number;
  /** The first of them. */
  readonly records: readonly SampledPlace[];
}

export interface SampleResult {
  /** Records that were examined, without tombstones and those of other records. */
  readonly examined: number;
  readonly tombstones: number;
  /** Of other records that the topic holds. */
  readonly passedOver: number;
  /** How many records each schema wrote. */
  readonly writers: ReadonlyMap<SchemaId, number>;
  /** In the order in which they were met. */
  readonly findings: readonly SampleFinding[];
}

export interface SampleOptions {
  /** As that of a tail. */
  readonly maxRecords: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Memory grows with what is found, not with the topic. Rejects with KafkaError and RegistryError. */
export async function sampleTopic(
  { reader, sampler }: { readonly reader: TopicReader; readonly sampler: Sampler },
  topic: TopicName,
  { maxRecords, signal, onProgress }: SampleOptions,
): Promise<SampleResult> {
  let examined = 0;
  let tombstones = 0;
  let passedOver = 0;
  const writers = new Map<SchemaId, number>();
  const findings = new Map<string, SampleFinding & { readonly records: SampledPlace[] }>();
  /** Where each finding was met last. */
  const met = new Map<string, SampledPlace>();

  const note = (
    { rule, schemaPath, message }: Pick<SampleFinding, "rule" | "schemaPath" | "message">,
    place: SampledPlace,
  ) => {
    const key = JSON.stringify([rule, schemaPath, message]);
    const before = met.get(key);
    // An array may break at each of its items: the record counts once.
    if (before?.partition === place.partition && before.offset === place.offset) return;
    met.set(key, place);
    const { count = 0, records = [] } = findings.get(key) ?? {};
    if (records.length < namedRecords) records.push(place);
    findings.set(key, { rule, schemaPath, message, count: count + 1, records });
  };

  for await (const { records, done, total } of reader.tail(topic, { maxRecords, signal })) {
    for (const { partition, offset, value, headers } of records) {
      const at = (path: string): SampledPlace => ({ topic, partition, offset, path });
      const outcome = await sampler.examine(value, headers);
      switch (outcome.kind) {
        case "tombstone":
          tombstones++;
          continue;
        case "other":
          passedOver++;
          continue;
        case "unsound":
          note({ rule: "sample-unsound", schemaPath: "", message: outcome.message }, at(""));
          break;
        case "record":
          writers.set(outcome.writerId, (writers.get(outcome.writerId) ?? 0) + 1);
          for (const { path, ...found } of outcome.breaks) note(found, at(path));
          break;
      }
      examined++;
    }
    onProgress?.(done, total);
  }
  return { examined, tombstones, passedOver, writers, findings: [...findings.values()] };
}
