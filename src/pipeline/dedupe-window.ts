/**
 * The last N post ids, so that a post that X sends twice is produced once. Memory is fixed from the start: two
 * columns of a ring for the ids and one open-addressed table of ring places (20 bytes an id), all touched at once.
 */
import type { PostId } from "../kernel/brand.ts";

export interface DedupeWindow {
  /** True when the id was new: it is remembered, and the oldest one forgotten when the window is full. */
  add(id: PostId): boolean;
  readonly size: number;
}

/** A window that remembers nothing, for those who want every post produced again. */
export const noDedupeWindow: DedupeWindow = { size: 0, add: () => true };

export const defaultDedupeCapacity = 1_000_000;

/** Ids have up to 19 digits; a double holds 10 of them exactly and 32 bits the other 9. */
const lowDigits = 9;

export function createDedupeWindow(capacity = defaultDedupeCapacity): DedupeWindow {
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new RangeError(`capacity ${capacity} is not 1 or more`);
  const slots = 2 ** Math.ceil(Math.log2(capacity * 2 + 1));
  const mask = slots - 1;
  const highs = new Float64Array(capacity).fill(-1);
  const lows = new Uint32Array(capacity).fill(0);
  // A slot holds the ring place plus one; zero is free.
  const table = new Uint32Array(slots).fill(0);
  let next = 0;
  let size = 0;

  const hash = (high: number, low: number) => {
    let h = Math.imul(low ^ (high >>> 0), 0x9e3779b1) ^ Math.imul((high / 2 ** 32) >>> 0, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return (h ^ (h >>> 13)) & mask;
  };
  const home = (place: number) => hash(highs[place] as number, lows[place] as number);

  const forget = (place: number) => {
    let slot = home(place);
    while (table[slot] !== place + 1) slot = (slot + 1) & mask;
    // Closes the gap instead of leaving a marker, so that the table never fills up with the dead.
    let probe = slot;
    for (;;) {
      probe = (probe + 1) & mask;
      const other = table[probe] as number;
      if (other === 0) break;
      const distance = (probe - home(other - 1)) & mask;
      if (distance >= ((probe - slot) & mask)) {
        table[slot] = other;
        slot = probe;
      }
    }
    table[slot] = 0;
  };

  return {
    get size() {
      return size;
    },
    add(id) {
      const cut = id.length - lowDigits;
      const high = cut > 0 ? Number(id.slice(0, cut)) : 0;
      const low = Number(cut > 0 ? id.slice(cut) : id);
      let slot = hash(high, low);
      for (let entry = table[slot] as number; entry !== 0; entry = table[slot] as number) {
        if (highs[entry - 1] === high && lows[entry - 1] === low) return false;
        slot = (slot + 1) & mask;
      }
      if (size === capacity) {
        forget(next);
        // What was moved may have freed a nearer slot.
        slot = hash(high, low);
        while (table[slot] !== 0) slot = (slot + 1) & mask;
      } else {
        size++;
      }
      highs[next] = high;
      lows[next] = low;
      table[slot] = next + 1;
      next = next + 1 === capacity ? 0 : next + 1;
      return true;
    },
  };
}
