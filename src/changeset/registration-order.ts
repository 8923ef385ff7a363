/**
 * In which order registrations can be made: each after the version before it in its subject, and after what it refers
 * to. The files cannot use each other in a circle, but files and the order of versions together can.
 */
import { keyOf, type Registration } from "./plan-model.ts";

/** Those for which there is no order, since each waits for another one; empty when all can be made. */
export function findCircle(registrations: readonly Registration[]): readonly Registration[] {
  const keys = new Set(registrations.map(({ subject, version }) => keyOf(subject, version)));
  const previous = new Map<Registration, string>();
  const lastOf = new Map<string, string>();
  for (const registration of registrations) {
    const { subject, version } = registration;
    const before = lastOf.get(subject);
    if (before !== undefined) previous.set(registration, before);
    lastOf.set(subject, keyOf(subject, version));
  }
  const made = new Set<string>();
  let left = registrations;
  for (;;) {
    const waits = (key: string) => keys.has(key) && !made.has(key);
    const waiting = left.filter(
      (registration) =>
        registration.references.some((use) => waits(keyOf(use.subject, use.version))) ||
        waits(previous.get(registration) ?? ""),
    );
    if (waiting.length === left.length) return waiting;
    const stays = new Set(waiting);
    for (const registration of left) {
      if (!stays.has(registration)) made.add(keyOf(registration.subject, registration.version));
    }
    left = waiting;
  }
}
