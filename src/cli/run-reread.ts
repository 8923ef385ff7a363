/**
 * One reread: the schemas, a decoder for each, the topic; and of the writers that were met where they are filed and what
 * keeps them from being read.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import { parseTopicName, type SubjectName, type TopicName } from "../kernel/brand.ts";
import { createLimit } from "../kernel/limit.ts";
import {
  type Reread,
  type RereadOptions,
  type RereadPorts,
  type RereadRow,
  reread,
} from "../operations/reread.ts";
import { stepsOf } from "../render/explain.ts";
import type { JudgedWriter } from "../serde/judge-writer.ts";
import type { AsChoice } from "./as-option.ts";
import { chooseStarts, pickPartitions } from "./choose-starts.ts";
import { heed } from "./heed.ts";
import { type Connections, openKafka, openRegistry, subjectSettings } from "./open-clients.ts";
import { chooseSchema } from "./open-reading.ts";
import type { Selection } from "./start-options.ts";
import { schemaOfTopic } from "./topic-schema.ts";

export interface RereadRun
  extends Connections,
    Pick<RereadOptions, "maxRecords" | "shownRecords" | "signal">,
    Pick<RereadPorts, "onProgress"> {
  readonly as: readonly AsChoice[];
  readonly subject?: SubjectName | undefined;
  readonly selection: Pick<Selection, "from" | "partitions">;
}

/** A schema that was read with. */
export interface RereadReader {
  readonly label: string;
  readonly schema: TypedSchema<unknown>;
}

/** A row, and its writer as each reader sees it; null for what names no schema. */
export interface JudgedRow extends RereadRow {
  readonly writers: readonly JudgedWriter[] | null;
}

export interface RereadResult extends Omit<Reread, "rows"> {
  readonly topic: TopicName;
  readonly subject: SubjectName;
  readonly readers: readonly RereadReader[];
  /** By version, then by id; what names no schema comes last. */
  readonly rows: readonly JudgedRow[];
}

const judgedAtOnce = 8;

/** Throws UsageError, KafkaError, RegistryError, or SerdeError `no-reader`. */
export async function runReread(run: RereadRun): Promise<RereadResult> {
  const { config, selection, log, onProgress, maxRecords, shownRecords, signal } = run;
  const topic = parseTopicName(config.topic);
  const { record, schema: generated } = schemaOfTopic(topic);
  const subject = run.subject ?? subjectSettings(topic, record).subject;
  const kafka = await openKafka(run);
  const from = await heed(signal, findStarts());
  const registry = await openRegistry(run);
  const { createDecoder } = await import("../serde/decoder.ts");
  const { judgeWriter } = await import("../serde/judge-writer.ts");
  const readers = await heed(signal, Promise.all(run.as.map(openReader)));
  await using reader = await heed(signal, kafka.openReader());
  const decoders = readers.map(({ schema }) =>
    createDecoder<unknown, unknown>(registry, schema, { subject, explain: true }),
  );
  const { rows, ...counts } = await reread(
    { reader, decoders, stepsTaken: (writer, value) => stepsOf({ writer, value }), onProgress },
    { topic, from, maxRecords, shownRecords, signal },
  );
  const limit = createLimit(judgedAtOnce);
  const judged = await Promise.all(rows.map((row) => limit(() => judge(row))));
  return { ...counts, topic, subject, readers, rows: judged.sort(compareRows) };

  async function findStarts(): Promise<ReadonlyMap<number, number>> {
    await using admin = await kafka.openAdmin();
    const all = await admin.offsets(topic);
    const read = pickPartitions(topic, all, selection);
    const starts =
      selection.from === undefined
        ? undefined
        : await chooseStarts({ admin, topic, log }, read, selection.from);
    const first = new Map(read.map(({ partition, earliest }) => [partition, earliest]));
    // Of the other partitions nothing is read.
    return new Map(
      all.map(({ partition }) => [
        partition,
        starts?.get(partition) ?? first.get(partition) ?? Number.POSITIVE_INFINITY,
      ]),
    );
  }

  async function openReader({ label, reader: choice }: AsChoice): Promise<RereadReader> {
    return { label, schema: await chooseSchema(choice, { registry, subject, generated }) };
  }

  async function judge(row: RereadRow): Promise<JudgedRow> {
    const { writerId } = row;
    if (writerId === null || writerId === "others") return { ...row, writers: null };
    const writers = await Promise.all(
      readers.map(({ schema }) => judgeWriter(registry, writerId, { subject, schema })),
    );
    return { ...row, writers };
  }
}

function compareRows(one: JudgedRow, other: JudgedRow): number {
  return (
    compareNumbers(one.writers?.[0]?.version, other.writers?.[0]?.version) ||
    compareNumbers(one.writerId, other.writerId)
  );
}

/** What is no number comes last. */
function compareNumbers(one: unknown, other: unknown): number {
  const [left, right] = [one, other].map((value) => (typeof value === "number" ? value : Number.MAX_VALUE));
  return (left ?? 0) - (right ?? 0);
}
