/**
 * Whether a run does what it is for: each part of it is ready, or there is a reason why it is not.
 */
export interface Readiness {
  /** Null: the part is ready. */
  set(part: string, reason: string | null): void;
  /** Asks whenever somebody wants to know. */
  watch(part: string, ask: () => string | null): void;
  /** The parts that are not ready, and why; empty when all are. */
  reasons(): Readonly<Record<string, string>>;
}

/** `parts` with the reason why each is not ready at first. */
export function createReadiness(parts: Readonly<Record<string, string>>): Readiness {
  const states = new Map<string, () => string | null>(
    Object.entries(parts).map(([part, reason]) => [part, () => reason]),
  );
  return {
    set: (part, reason) => void states.set(part, () => reason),
    watch: (part, ask) => void states.set(part, ask),
    reasons() {
      const unready = [...states].flatMap(([part, ask]) => {
        const reason = ask();
        return reason === null ? [] : [[part, reason] as const];
      });
      return Object.fromEntries(unready);
    },
  };
}
