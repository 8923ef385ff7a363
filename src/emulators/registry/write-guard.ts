/**
 * What may stand in the way of a write: a mode, or somebody else's reference.
 */
import { refuse } from "./refusal.ts";
import type { RegistryStore, StoredVersion } from "./store.ts";

/** Throws Refusal 42205 while the subject, or the whole registry, is read-only. */
export function requireWritable(subject: string, store: RegistryStore): void {
  const mode = store.modeOf(subject);
  if (mode === "READONLY" || mode === "READONLY_OVERRIDE") {
    throw refuse.notPermitted(`Subject ${subject} is in read-only mode`);
  }
}

/** Throws Refusal 42206 when a live schema refers to the version. */
export function requireUnreferenced({ subject, version }: StoredVersion, store: RegistryStore): void {
  if (store.referencing(subject, version).length > 0) throw refuse.referenceExists(subject, version);
}
