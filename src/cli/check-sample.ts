/**
 * `schemas check --sample`: the head of a subject held against records that are there.
 */
import { entryAt } from "../changeset/check.ts";
import type { Changeset } from "../changeset/model.ts";
import type { ReportEntry } from "../changeset/report.ts";
import { parseTopicName } from "../kernel/brand.ts";
import { type SampleFinding, type SampleResult, sampleTopic } from "../operations/sample-topic.ts";
import { createSampler } from "../serde/sample.ts";
import type { CommandContext } from "./command.ts";
import { chooseSubject, type FolderSubject } from "./folder-reader.ts";
import { heed } from "./heed.ts";
import { openKafka, openRegistry } from "./open-clients.ts";
import { startProgress } from "./progress.ts";

export interface SampleChoice {
  readonly topic: string;
  readonly subject?: string | undefined;
  /** Records, of all partitions together. */
  readonly last: number;
  /** The folder, as it is shown. */
  readonly schemas: string;
}

/** Throws UsageError for a topic that the folder does not have, KafkaError, RegistryError. */
export async function checkSample(
  changeset: Changeset,
  context: CommandContext,
  { topic: named, subject, last, schemas }: SampleChoice,
): Promise<readonly ReportEntry[]> {
  const { host, log } = context;
  const topic = parseTopicName(named);
  const chosen = chooseSubject(changeset, schemas, { topic, subject });
  const { toSchemaText } = await import("../avro/canonical.ts");
  const registry = await openRegistry(context);
  const sampler = createSampler(registry, {
    proposed: toSchemaText(chosen.newest.schema),
    isAlone: changeset.subjects.filter((one) => one.topic === topic).length < 2,
  });
  const signal = host.interruption();
  const kafka = await openKafka(context);
  await using reader = await heed(signal, kafka.openReader());
  let said = `reading ${topic}`;
  const stopProgress = startProgress(log, () => said);
  try {
    const result = await sampleTopic({ reader, sampler }, topic, {
      maxRecords: last,
      signal,
      onProgress(done, total) {
        said = `examined ${done} of ${total} records of ${topic}`;
      },
    });
    log.info(`sampled topic ${topic}`, {
      records: result.examined,
      tombstones: result.tombstones,
      passedOver: result.passedOver,
      schemas: [...result.writers].map(([id, count]) => `${id}: ${count}`).join(", "),
    });
    return describeResult(changeset.folder, chosen, result, topic);
  } finally {
    stopProgress();
  }
}

function describeResult(
  folder: string,
  { entry, newest }: FolderSubject,
  { examined, findings }: SampleResult,
  topic: string,
): readonly ReportEntry[] {
  const { subject } = entry;
  const at = (path: string, more: Omit<Parameters<typeof entryAt>[3], "subject">) =>
    entryAt(folder, newest, path, { ...more, subject });
  if (examined === 0) {
    const message = `topic ${topic} has no record that could be sampled: nothing is proved`;
    return [at("", { severity: "warning", rule: "sample-empty", message })];
  }
  return findings.map(({ rule, schemaPath, message, count, records }) => ({
    ...at(schemaPath, {
      // What was broken before is nobody's proposal.
      severity: rule === "sample-unsound" ? "warning" : "error",
      rule,
      message: `${count} of ${examined} sampled records (${listRecords(topic, count, records)}): ${message}`,
    }),
    records,
  }));
}

/** As `twitter 0:12 at /author/name, 0:15 and 7 more`. */
function listRecords(topic: string, count: number, records: SampleFinding["records"]): string {
  const places = records.map(
    ({ partition, offset, path }) => `${partition}:${offset}${path === "" ? "" : ` at ${path}`}`,
  );
  const more = count - places.length;
  return `${topic} ${places.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
