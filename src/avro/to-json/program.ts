/**
 * What turns one writer's bytes into JSON text, as data: a list of instructions and the texts between the values. It is
 * data rather than JavaScript, since names of fields come from a registry and must never become code.
 */
import type { Cursor } from "../tap.ts";

/** Decodes a value that no instruction prints by itself, and prints it. Throws for what it cannot print. */
export type ReadText = (tap: Cursor) => string;
export type Skip = (tap: Cursor) => void;

/**
 * Instructions, each followed by its prefix (place and length of a text that is printed first) and the operands named
 * here. A place is an index into `code`, a text an index into `words` and its length in bytes.
 */
export const instruction = {
  /** The bytes must be used up. */
  end: 0,
  string: 1,
  /** A union of null and a string: the bytes of both branches' indexes. */
  optionalString: 2,
  int: 3,
  long: 4,
  boolean: 5,
  /** Milliseconds since 1970 as ISO 8601: which of `reads` prints those beyond the years of four digits. */
  timestamp: 6,
  /** A union of null and another: the bytes of both branches' indexes, and the place after the other's value. */
  optional: 7,
  /** Number of branches, and a place for each. */
  union: 8,
  jump: 9,
  /** Goes on at the place until `return`. */
  call: 10,
  return: 11,
  /** The place after the last item. */
  array: 12,
  /** The place of an item. */
  nextItem: 13,
  /** The place after the last entry. */
  map: 14,
  mapKey: 15,
  /** The place of an entry. */
  nextEntry: 16,
  /** Which of `reads` prints the value. */
  read: 17,
  /** Which of `skips` passes over the value. */
  skip: 18,
  /** Number of symbols, and a text for each. */
  enum: 19,
  /** Number of values, and for each which of `skips` passes over it: where each begins is noted. */
  mark: 20,
  /** Goes to a noted beginning, so many values after the first. */
  seek: 21,
  /** The value must have ended where the next noted one begins. */
  sought: 22,
  /** Number of values: goes after the last, and forgets all. */
  unmark: 23,
} as const;

/** Operands of an instruction begin here: after itself and its prefix. */
export const operandsAt = 3;

export interface JsonProgram {
  readonly code: Int32Array;
  /** UTF-8 of the texts, each begun at a word of its own (`putWords`): eight bytes are copied at a time. */
  readonly words: Float64Array;
  readonly reads: readonly ReadText[];
  readonly skips: readonly Skip[];
}

const wordBytes = 8;

/**
 * Puts UTF-8 into words from `place` on, to be written little-endian; gives the place after it. No UTF-8 is a NaN, whose
 * bits would be lost: a byte above 0xef never comes before 0x7f, nor is there a 0xff.
 */
export function putWords(text: Buffer, words: Float64Array, place: number): number {
  const count = Math.ceil(text.length / wordBytes);
  const padded = Buffer.alloc(count * wordBytes);
  text.copy(padded);
  for (let index = 0; index < count; index += 1)
    words[place + index] = padded.readDoubleLE(index * wordBytes);
  return place + count;
}

/** Gathers instructions and the texts between them. */
export class ProgramBuilder {
  readonly #code: number[] = [];
  readonly #texts: Buffer[] = [];
  readonly #places = new Map<string, readonly [word: number, length: number]>();
  readonly #reads: ReadText[] = [];
  readonly #skips: Skip[] = [];
  #words = 0;
  #prefix = "";

  /** Printed before what the next instruction prints. */
  print(text: string): void {
    this.#prefix += text;
  }

  /** Adds an instruction with what was printed as its prefix; gives the place of its first operand. */
  add(code: number, ...operands: readonly number[]): number {
    this.#code.push(code, ...this.#place(this.#prefix));
    this.#prefix = "";
    const at = this.#code.length;
    this.#code.push(...operands);
    return at;
  }

  /** The place of the next instruction, to which others jump: what was printed so far is printed before it. */
  label(): number {
    if (this.#prefix !== "") {
      const jump = this.add(instruction.jump, 0);
      this.#code[jump] = this.#code.length;
    }
    return this.#code.length;
  }

  set(at: number, value: number): void {
    this.#code[at] = value;
  }

  text(text: string): readonly [word: number, length: number] {
    return this.#place(text);
  }

  read(read: ReadText): number {
    return this.#reads.push(read) - 1;
  }

  skip(skip: Skip): number {
    return this.#skips.push(skip) - 1;
  }

  get size(): number {
    return this.#code.length;
  }

  build(): JsonProgram {
    const words = new Float64Array(this.#words);
    let word = 0;
    for (const text of this.#texts) word = putWords(text, words, word);
    return { code: Int32Array.from(this.#code), words, reads: this.#reads, skips: this.#skips };
  }

  #place(text: string): readonly [word: number, length: number] {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text);
    const place = [this.#words, bytes.length] as const;
    this.#texts.push(bytes);
    this.#words += Math.ceil(bytes.length / wordBytes);
    this.#places.set(text, place);
    return place;
  }
}
