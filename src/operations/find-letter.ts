/**
 * `dlq show`: one dead letter, whole.
 */

import type { ReadLettersOptions } from "./dead-letters.ts";
import { type DeadLetterEntry, type DeadLetterReader, readDeadLetters, Settlements } from "./dead-letters.ts";
import { type LetterPlace, printPlace, type Settlement } from "./receipt.ts";

export interface FoundLetter {
  readonly entry: Exclude<DeadLetterEntry, { kind: "receipt" }>;
  readonly settlement: Settlement | null;
}

/** null when nothing stands there, or a receipt. */
export async function findDeadLetter(
  ports: DeadLetterReader,
  place: LetterPlace,
  { topic, signal }: ReadLettersOptions,
): Promise<FoundLetter | null> {
  const settlements = new Settlements();
  let found: FoundLetter["entry"] | null = null;
  // Its receipt came later, in any partition.
  const from = new Map([[place.partition, place.offset]]);
  for await (const entry of readDeadLetters(ports, { topic, from, signal })) {
    if (entry.kind === "receipt") settlements.add(entry.receipt);
    else if (printPlace(entry.place) === printPlace(place)) found = entry;
  }
  return found === null ? null : { entry: found, settlement: settlements.of(place) };
}
