/**
 * What proves dead letters: the reader that fits their topic, and, once there is a post among them, the encoder of
 * tweets.
 */
import { TweetSchema, TweetVersions } from "../generated/tweet.ts";
import { KafkaError, type KafkaErrorCode } from "../kafka/error.ts";
import type { KafkaClient } from "../kafka/port.ts";
import { parseSchemaId, parseSchemaVersion, type SchemaId, type TopicName } from "../kernel/brand.ts";
import { readDeletionPolicy } from "../operations/forget.ts";
import type { LeftType, Proof, RedrivePorts } from "../operations/redrive.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { EncoderRegistry, Registration } from "../serde/encoder.ts";
import { registerEarlierVersions } from "../serde/register-versions.ts";
import type { TweetVersion } from "../tweets/version.ts";
import { heed } from "./heed.ts";
import { subjectSettings } from "./open-clients.ts";
import type { OpenLetters } from "./open-letters.ts";
import { openProofReader, type ProofReader, type ProofReading } from "./proof-reader.ts";
import { proveLetter } from "./prove-letter.ts";
import { createLineProof } from "./prove-line.ts";
import { schemaOf } from "./run-produce.ts";

/** `pretend`: as if it were registered, with nothing asked. */
export type ProofRegistration = Extract<Registration, "auto" | "never"> | "pretend";

export interface ProofOptions {
  readonly reader: ProofReader;
  readonly schemaVersion: TweetVersion;
  /** Of the tweet's schema, at the first letter of a post. */
  readonly register: ProofRegistration;
  /** Whether what was too large is held against what the topic takes now; else the broker tells when it is sent. */
  readonly checksSize: boolean;
  readonly signal: AbortSignal;
}

export interface OpenProof extends ProofReading {
  readonly prove: RedrivePorts["prove"];
}

/** Throws SerdeError `no-reader`, or RegistryError; `prove` SerdeError `schema-not-registered`, too. */
export async function openProof(
  { kafka, registry, topic }: Pick<OpenLetters, "kafka" | "registry" | "topic">,
  { reader, schemaVersion: version, register, checksSize, signal }: ProofOptions,
): Promise<OpenProof> {
  const { createDecoder } = await import("../serde/decoder.ts");
  const { createEncoder } = await import("../serde/encoder.ts");
  const settings = subjectSettings(topic, "tweet");
  const generated = { subject: settings.subject, schema: TweetSchema };
  const reading = await heed(signal, openProofReader(reader, registry, generated));
  const decoder = createDecoder<unknown, unknown>(registry, reading.schema, { subject: reading.subject });

  const openEncoder = async () => {
    const schema = schemaOf(version);
    const { subject, level } = settings;
    if (register === "auto") {
      await registerEarlierVersions(registry, subject, { versions: TweetVersions, schema, level });
    }
    return register === "pretend"
      ? await createEncoder(pretendedRegistry, schema, { subject, register: "never" })
      : await createEncoder(registry, schema, { subject, level, register });
  };
  const otherTypes = new Map<SchemaId, Promise<LeftType | null>>();
  const findOtherType = (writer: SchemaId) => {
    const finding = otherTypes.get(writer) ?? heed(signal, judgeOtherType(registry, writer, reading));
    otherTypes.set(writer, finding);
    return finding;
  };
  let asking: ReturnType<typeof readSettings> | undefined;
  const askSettings = () => {
    asking ??= heed(signal, readSettings(kafka, topic));
    return asking;
  };
  let opening: ReturnType<typeof openEncoder> | undefined;
  const tools = {
    topic,
    version,
    decoder,
    findOtherType,
    readType: reading.schema.name ?? "another type",
    // A topic of other records has no place for the tweet's schema.
    openEncoder() {
      opening ??= heed(signal, openEncoder());
      return opening;
    },
    proveLine: createLineProof({
      registry,
      topic,
      signal,
      async standingOf(recordType) {
        if (recordType === TweetSchema.name) return {};
        return (await askSettings()).isCompacted ? { isUpdate: true } : { isEvent: true };
      },
    }),
    // A tweet is the latest of its id; of other records a compacted topic says the same.
    holdsEvents: async () => reading.schema.name !== TweetSchema.name && !(await askSettings()).isCompacted,
  };
  return {
    ...reading,
    async prove(letter) {
      const proof = await proveLetter(letter, tools);
      if (proof.kind === "fails" || letter.reason !== tooLarge || !checksSize) return proof;
      return refuseTooLarge(proof, topic, (await askSettings()).maxRecordBytes);
    },
  };
}

/** What a run that reads this writer's records has to name, where they are of another type than ours. */
async function judgeOtherType(
  registry: RegistryClient,
  writer: SchemaId,
  reading: ProofReading,
): Promise<LeftType | null> {
  const { judgeWriter } = await import("../serde/judge-writer.ts");
  const { otherType: record, subject, version } = await judgeWriter(registry, writer, reading);
  if (record === null) return null;
  if (subject === null || version === null) return { record, subject: null, version: null };
  // Without a version it is the latest that is read with.
  const isLatest = async () => {
    const latest = await registry.schemaOfVersion(subject, "latest");
    if (latest === null) return false;
    const { otherType } = await judgeWriter(registry, latest.id, reading);
    return otherType === record;
  };
  return { record, subject, version: (await isLatest()) ? null : version };
}

const tooLarge = "record-too-large";
/** Head of a batch of one record; its compression is none. */
const batchHeadBytes = 61;

/** What is surely too large for the topic: a little less than the broker counts. */
function refuseTooLarge(
  proof: Extract<Proof, { kind: "record" }>,
  topic: TopicName,
  maxBytes: number | null,
): Proof {
  const { key, value } = proof.record;
  const bytes = batchHeadBytes + (key?.length ?? 0) + (value?.length ?? 0);
  if (maxBytes === null || bytes <= maxBytes) return proof;
  const message = `its record has more than ${bytes} bytes, and topic ${topic} takes ${maxBytes}`;
  return { kind: "fails", stage: "produce", reason: tooLarge, message };
}

/** One that has every schema; what it says of their ids is never sent. */
const pretendedRegistry: EncoderRegistry = {
  register: async () => ({ id: parseSchemaId(1) }),
  lookUp: async () => ({ id: parseSchemaId(1), version: parseSchemaVersion(1) }),
  schemaOfVersion: async () => null,
  schemaById: async () => null,
};

/** Nothing is known where we may not see them, or there is no topic any more. Rejects with KafkaError. */
async function readSettings(kafka: KafkaClient, topic: TopicName) {
  await using admin = await kafka.openAdmin();
  try {
    const settings = await admin.topicSettings(topic);
    const bytes = Number(settings["max.message.bytes"] ?? Number.NaN);
    const { isCompacted } = readDeletionPolicy(settings);
    return { isCompacted, maxRecordBytes: Number.isNaN(bytes) ? null : bytes };
  } catch (error) {
    const isHidden = error instanceof KafkaError && hiddenCodes.includes(error.code);
    if (!isHidden) throw error;
    return { isCompacted: false, maxRecordBytes: null };
  }
}

const hiddenCodes: readonly KafkaErrorCode[] = ["authorization-failed", "unknown-topic"];
