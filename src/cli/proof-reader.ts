/**
 * What dead letters of records are proved with: the options of `consume`, and where none is given the schema that fits
 * the topic: the generated one for tweets, what the subject has for others.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { Config } from "../config/settings.ts";
import { parseTopicName, type SubjectName } from "../kernel/brand.ts";
import { deadLetterTopicOf, topicOfDeadLetters } from "../pipeline/letter-topic.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Host } from "./host.ts";
import { chooseSchema } from "./open-reading.ts";
import { parseReaderOptions, type ReaderSelection, readerOptions } from "./reading-options.ts";

export const proofReaderOptions = {
  ...readerOptions,
  reader: {
    type: "string",
    requiresArg: true,
    describe:
      "schema that records must be readable with, as of `consume`: generated, latest, the number of a version or a file; by default generated for tweets, and latest for a subject of other records",
  },
} as const;

export interface ProofReaderArgs {
  readonly reader?: string | undefined;
  readonly schemas?: string | undefined;
  readonly subject?: string | undefined;
}

export interface ProofReader extends ReaderSelection {
  /** Nobody named it. */
  readonly isFitted: boolean;
}

/** Throws as `parseReadingOptions`. */
export async function parseProofReader(
  { reader, ...args }: ProofReaderArgs,
  host: Host,
  config: Config,
): Promise<ProofReader> {
  const topic = topicOfDeadLetters(deadLetterTopicOf(parseTopicName(config.topic)));
  const selection = await parseReaderOptions({ ...args, reader: reader ?? "generated" }, host, topic);
  return { ...selection, isFitted: reader === undefined && selection.reader.kind === "generated" };
}

export interface ProofReading {
  readonly subject: SubjectName;
  readonly schema: TypedSchema<unknown>;
}

/** Throws SerdeError `no-reader` for a reader that was named, or RegistryError. */
export async function openProofReader(
  { reader, subject: named, isFitted }: ProofReader,
  registry: RegistryClient,
  generated: ProofReading,
): Promise<ProofReading> {
  const subject = named ?? generated.subject;
  const tools = { registry, subject, generated: generated.schema };
  if (!isFitted) return { subject, schema: await chooseSchema(reader, tools) };
  const { SerdeError } = await import("../serde/error.ts");
  try {
    const latest = await chooseSchema({ kind: "registered", version: "latest" }, tools);
    return { subject, schema: latest.name === generated.schema.name ? generated.schema : latest };
  } catch (error) {
    // Nothing is filed there yet, or nothing that could be read with.
    if (!(error instanceof SerdeError)) throw error;
    return { subject, schema: generated.schema };
  }
}
