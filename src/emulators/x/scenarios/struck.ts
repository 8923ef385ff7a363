/**
 * Where a fault struck, as `GET /faults` and the counters tell it. The same seed gives the same places.
 */
export interface StruckFault {
  readonly scenario: string;
  /** Connects that X would have taken, counted from 1; null for a fault that struck none. */
  readonly connect: number | null;
  /** As the ledger names it; null when there was no stream. */
  readonly connection: number | null;
  /** Posts sent on that connection before. */
  readonly message: number | null;
  /** Bytes of those posts, before any coding and without heartbeats. */
  readonly byte: number | null;
  /** Calls of the rules endpoint, counted from 1; null for a fault that struck none. */
  readonly call: number | null;
  /** On the emulator's clock, milliseconds since the epoch. */
  readonly at: number;
  /** What was done, in words. */
  readonly what: string;
}

/** Without the time, which no two runs share: `connection 1 after post 37, byte 21044`. */
export function describePlace({ connect, connection, message, byte, call, what }: StruckFault): string {
  const place =
    connection !== null
      ? `connection ${connection} after post ${message}, byte ${byte}`
      : connect !== null
        ? `connect ${connect}`
        : `rules call ${call}`;
  return `${place}: ${what}`;
}
