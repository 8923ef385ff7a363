/**
 * What the members of a group have printed of a topic, and what of it was printed again though the group had committed
 * it: repeats are allowed since the last commit only.
 */

/** A line of `consume --format json --meta`. */
export interface PrintedLine {
  readonly partition: number;
  readonly offset: number;
  readonly value: { readonly id: string; readonly text: string };
}

export interface PrintVerdict {
  /** Different records that were printed. */
  readonly printed: number;
  /** Never printed. */
  readonly lost: number;
  /** Printed with another text than was written. */
  readonly altered: number;
  /** Lines that show what was shown before. */
  readonly repeats: number;
  /** Those of them that the group had committed before. */
  readonly foreign: readonly string[];
}

export interface PrintLedger {
  add(line: PrintedLine): void;
  /** What the group has committed now: the offset of the next record of each partition. */
  committed(positions: readonly { readonly partition: number; readonly nextOffset: number }[]): void;
  /** How many different records were printed. */
  count(): number;
  judge(written: readonly PrintedLine["value"][]): PrintVerdict;
}

/**
 * A line is read by then, however busy the machine is: a record that is printed again and committed just then would look
 * as if it had been committed first.
 */
const graceMs = 1500;

/** `nowMs` is any clock that only goes forward. */
export function createPrintLedger(nowMs: () => number): PrintLedger {
  const texts = new Map<string, Set<string>>();
  const places = new Set<string>();
  const foreign: string[] = [];
  /** Newest last. */
  const looks: { readonly atMs: number; readonly positions: ReadonlyMap<number, number> }[] = [];
  let repeats = 0;
  return {
    count: () => texts.size,
    committed(positions) {
      const byPartition = new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset]));
      looks.push({ atMs: nowMs(), positions: byPartition });
    },
    add({ partition, offset, value }) {
      texts.set(value.id, (texts.get(value.id) ?? new Set()).add(value.text));
      const place = `${partition}:${offset}`;
      if (!places.has(place)) {
        places.add(place);
        return;
      }
      repeats++;
      const earlier = nowMs() - graceMs;
      const floor = looks.findLast(({ atMs }) => atMs <= earlier)?.positions.get(partition) ?? 0;
      if (offset < floor) foreign.push(`${place} again, though everything before ${floor} was committed`);
    },
    judge(written) {
      const known = written.filter(({ id }) => texts.has(id));
      const isAltered = ({ id, text }: PrintedLine["value"]) =>
        [...(texts.get(id) ?? [])].some((printed) => printed !== text);
      return {
        printed: texts.size,
        lost: written.length - known.length,
        altered: known.filter(isAltered).length + texts.size - known.length,
        repeats,
        foreign,
      };
    },
  };
}
