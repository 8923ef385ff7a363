/**
 * What proves dead letters: the reader that fits their topic, and, once there is a post among them, the encoder of
 * tweets.
 */
import { TweetSchema, TweetVersions } from "../generated/tweet.ts";
import type { RedrivePorts } from "../operations/redrive.ts";
import type { Registration } from "../serde/encoder.ts";
import type { TweetVersion } from "../tweets/version.ts";
import { heed } from "./heed.ts";
import { subjectSettings } from "./open-clients.ts";
import type { OpenLetters } from "./open-letters.ts";
import { openProofReader, type ProofReader, type ProofReading } from "./proof-reader.ts";
import { proveLetter } from "./prove-letter.ts";
import { registerEarlierVersions } from "./register-versions.ts";
import { schemaOf } from "./run-produce.ts";

export interface ProofOptions {
  readonly reader: ProofReader;
  readonly schemaVersion: TweetVersion;
  /** Of the tweet's schema, at the first letter of a post. */
  readonly register: Extract<Registration, "auto" | "never">;
  readonly signal: AbortSignal;
}

export interface OpenProof extends ProofReading {
  readonly prove: RedrivePorts["prove"];
}

/** Throws SerdeError `no-reader`, or RegistryError; `prove` SerdeError `schema-not-registered`, too. */
export async function openProof(
  { registry, topic }: Pick<OpenLetters, "registry" | "topic">,
  { reader, schemaVersion: version, register, signal }: ProofOptions,
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
    return await createEncoder(registry, schema, { ...settings, register });
  };
  let opening: ReturnType<typeof openEncoder> | undefined;
  const tools = {
    topic,
    version,
    decoder,
    // A topic of other records has no place for the tweet's schema.
    openEncoder() {
      opening ??= heed(signal, openEncoder());
      return opening;
    },
  };
  return { ...reading, prove: (letter) => proveLetter(letter, tools) };
}
