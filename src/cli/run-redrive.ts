/**
 * One redrive: opens what proving and sending need, and closes it again.
 */
import type { LetterFilter } from "../operations/dead-letters.ts";
import { type RedrivePorts, redrive } from "../operations/redrive.ts";
import type { Registration } from "../serde/encoder.ts";
import type { TweetVersion } from "../tweets/version.ts";
import { heed } from "./heed.ts";
import type { Connections } from "./open-clients.ts";
import { openLetters } from "./open-letters.ts";
import { openProof } from "./open-proof.ts";
import type { ProofReader } from "./proof-reader.ts";

export interface RedriveRun extends Connections {
  readonly filter: LetterFilter;
  readonly max?: number | undefined;
  readonly dryRun: boolean;
  readonly reader: ProofReader;
  readonly schemaVersion: TweetVersion;
  readonly register: Extract<Registration, "auto" | "never">;
  readonly onOutcome: RedrivePorts["onOutcome"];
  readonly signal: AbortSignal;
}

export async function runRedrive(run: RedriveRun): Promise<void> {
  const { filter, max, dryRun, reader, schemaVersion, onOutcome, signal } = run;
  await using letters = await openLetters(run);
  const { kafka, topic, deadLetterTopic } = letters;
  // A dry run changes nothing, not in the registry either.
  const register = dryRun ? "never" : run.register;
  // Whoever sends is told by the broker.
  const { prove } = await openProof(letters, { reader, schemaVersion, register, checksSize: dryRun, signal });
  await redrive(
    {
      reader: letters.reader,
      decoder: letters.decoder,
      prove,
      openProducer: () => heed(signal, kafka.openProducer()),
      onOutcome,
    },
    { topic, deadLetterTopic, filter, max, dryRun, signal },
  );
}
