/**
 * One redrive: opens what proving and sending need, and closes it again.
 */
import { TweetSchema, TweetVersions } from "../generated/tweet.ts";
import type { LetterFilter } from "../operations/dead-letters.ts";
import { type RedrivePorts, redrive } from "../operations/redrive.ts";
import type { Registration } from "../serde/encoder.ts";
import type { TweetVersion } from "../tweets/version.ts";
import { heed } from "./heed.ts";
import { type Connections, subjectSettings } from "./open-clients.ts";
import { openLetters } from "./open-letters.ts";
import { proveLetter } from "./prove-letter.ts";
import { registerEarlierVersions } from "./register-versions.ts";
import { schemaOf } from "./run-produce.ts";

export interface RedriveRun extends Connections {
  readonly filter: LetterFilter;
  readonly max?: number | undefined;
  readonly dryRun: boolean;
  readonly schemaVersion: TweetVersion;
  readonly register: Extract<Registration, "auto" | "never">;
  readonly onOutcome: RedrivePorts["onOutcome"];
  readonly signal: AbortSignal;
}

export async function runRedrive(run: RedriveRun): Promise<void> {
  const { filter, max, dryRun, schemaVersion: version, onOutcome, signal } = run;
  await using letters = await openLetters(run);
  const { kafka, registry, topic, deadLetterTopic } = letters;
  const { createDecoder } = await import("../serde/decoder.ts");
  const { createEncoder } = await import("../serde/encoder.ts");
  const settings = subjectSettings(topic, "tweet");
  const schema = schemaOf(version);
  // A dry run changes nothing, not in the registry either.
  const register = dryRun ? "never" : run.register;
  if (register === "auto") {
    const { subject, level } = settings;
    await heed(
      signal,
      registerEarlierVersions(registry, subject, { versions: TweetVersions, schema, level }),
    );
  }
  const tools = {
    topic,
    version,
    encoder: await heed(signal, createEncoder(registry, schema, { ...settings, register })),
    decoder: createDecoder(registry, TweetSchema, { subject: settings.subject }),
  };
  await redrive(
    {
      reader: letters.reader,
      decoder: letters.decoder,
      prove: (letter) => proveLetter(letter, tools),
      openProducer: () => heed(signal, kafka.openProducer()),
      onOutcome,
    },
    { topic, deadLetterTopic, filter, max, dryRun, signal },
  );
}
