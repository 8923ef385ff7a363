/**
 * The posts that every run of a fault plays: few enough that a run is short, and more than any scenario needs.
 */
import { createGeneratedFeed } from "../../src/emulators/x/generator/generated-feed.ts";

export const scenarioPosts = 120;
export const postSeed = 7;

let texts: Promise<ReadonlyMap<string, string>> | undefined;

/** Text by id, as generated. */
export function generatedTexts(): Promise<ReadonlyMap<string, string>> {
  texts ??= readTexts();
  return texts;
}

async function readTexts(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await using feed = createGeneratedFeed({ seed: postSeed, count: scenarioPosts });
  for await (const batch of feed.batches()) {
    for (const { id, payload } of batch) found.set(id, (payload.data as { text: string }).text);
  }
  return found;
}
