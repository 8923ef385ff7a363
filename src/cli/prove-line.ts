/**
 * What would become of a line of `produce --from-json` if it came in now: typed JSON of its record type, encoded with
 * the newest version of that type which its subject has, to its topic.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { DeadLetter, JsonLine } from "../generated/dead-letter.ts";
import { parseSchemaVersion, parseSubjectName, type SubjectName, type TopicName } from "../kernel/brand.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { Proof } from "../operations/redrive.ts";
import { type LineKey, routeLine } from "../pipeline/produce-lines.ts";
import type { RegistryClient } from "../registry/client.ts";
import { RegistryError } from "../registry/error.ts";
import type { EncoderRegistry } from "../serde/encoder.ts";
import type { JsonEncoder } from "../serde/json-encoder.ts";
import { heed } from "./heed.ts";

export interface LineProofTools {
  readonly registry: RegistryClient;
  /** Where the letters' content belongs. */
  readonly topic: TopicName;
  readonly signal: AbortSignal;
  /** What a record of that type is to later ones of its key. */
  readonly standingOf: (recordType: string | null) => Promise<Pick<ProvedRecord, "isEvent" | "isUpdate">>;
}

type ProvedRecord = Extract<Proof, { kind: "record" }>;
type Failure = Extract<Proof, { kind: "fails" }>;
interface LineWriting {
  readonly kind: "writing";
  readonly encoder: JsonEncoder;
  readonly key: LineKey;
}

export type ProveLine = (letter: DeadLetter, line: JsonLine) => Promise<Proof>;

/** Asks the registry once for lines of one kind. The proof rejects with RegistryError, or KafkaError. */
export function createLineProof({ registry, topic, signal, standingOf }: LineProofTools): ProveLine {
  const writings = new Map<string, Promise<LineWriting | Failure>>();
  const openOnce = (line: JsonLine) => {
    const name = JSON.stringify([
      line.subject,
      line.record,
      line.encoding,
      line.key_field,
      line.key_separator,
    ]);
    const opening = writings.get(name) ?? heed(signal, openWriting(registry, line));
    writings.set(name, opening);
    return opening;
  };
  return async ({ raw, reason, failed_at }, line) => {
    if (line.topic !== topic) {
      return fails("encode", "other-topic", `it is a line for topic ${line.topic}, not for ${topic}`);
    }
    const writing = await openOnce(line);
    if (writing.kind === "fails") return writing;
    const cut = reason === "line-too-long";
    const headers = Object.fromEntries(
      line.headers.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])),
    );
    const routed = routeLine({ raw, cut }, writing.encoder, { key: writing.key, headers });
    if ("reason" in routed) return fails(routed.reason.stage, routed.reason.code, routed.reason.message);
    // The time at which it came, which tells it from later values of its key.
    const record = { ...routed.record, timestampMs: failed_at };
    return { kind: "record", record, ...(await standingOf(line.record)) };
  };
}

function fails(stage: string, reason: string, message: string): Failure {
  return { kind: "fails", stage, reason, message };
}

async function openWriting(registry: RegistryClient, line: JsonLine): Promise<LineWriting | Failure> {
  const { createJsonEncoder } = await import("../serde/json-encoder.ts");
  try {
    const subject = parseSubjectName(line.subject);
    const found = await findVersion(registry, subject, line.record);
    if ("kind" in found) return found;
    const key = await chooseKey(line, found.schema.json);
    if (key.kind === "fails") return key;
    const encoding = line.encoding === "avro" ? "avro" : "plain";
    // It is registered, whatever its text is to the registry.
    const asFound: EncoderRegistry = { ...registry, lookUp: async () => found.place };
    const encoder = await createJsonEncoder(asFound, found.schema, { subject, register: "never", encoding });
    return { kind: "writing", encoder, key };
  } catch (error) {
    // A registry that is away says nothing of the line.
    if (!(error instanceof BirdwireError) || error instanceof RegistryError) throw error;
    return fails("encode", "no-schema", error.message);
  }
}

interface FoundVersion {
  readonly schema: TypedSchema<unknown>;
  readonly place: NonNullable<Awaited<ReturnType<EncoderRegistry["lookUp"]>>>;
}

/** The newest version of that type; a subject may have gone on with another one. Throws SerdeError, RegistryError. */
async function findVersion(
  registry: RegistryClient,
  subject: SubjectName,
  recordType: string | null,
): Promise<FoundVersion | Failure> {
  const { fetchReader } = await import("../serde/reader.ts");
  const latest = await fetchReader(registry, subject, "latest");
  for (let number = latest.version ?? 0; number >= 1; number--) {
    const version = parseSchemaVersion(number);
    const place = await registry.schemaOfVersion(subject, version);
    if (place === null) continue;
    const schema = number === latest.version ? latest : await fetchReader(registry, subject, version);
    if (schema.name === recordType) return { schema, place };
  }
  const wanted = recordType ?? "a type without a name";
  const has = latest.name ?? "without a name";
  return fails("encode", "no-schema", `subject ${subject} has no version of ${wanted}; its latest is ${has}`);
}

async function chooseKey(line: JsonLine, schemaText: string): Promise<LineKey | Failure> {
  const { key_field: name, key_separator: separator } = line;
  if (separator !== null) return { kind: "separated", separator };
  if (name === null) return { kind: "none" };
  const { createKeyField } = await import("../serde/json-key.ts");
  const found = createKeyField(schemaText, name);
  if (found.kind === "refused") return fails("encode", "no-key", `key ${name}: ${found.message}`);
  return { kind: "field", name, keyOf: found.keyOf };
}
