/**
 * What programs agree on with the machine that runs them: the memory, imported functions, numbers of the routines.
 */
import { jsonEscapes } from "../../kernel/utf8-text.ts";
import { type Code, i32, number } from "./assembler.ts";

/** In place of a place: it cannot be done. */
export const failed: Code = number(-1);

/** Where things lie in the memory, in bytes. */
export const layout = {
  /** Where an imported function has read to. */
  readTo: 0,
  /** Of each byte below 0x80 its escape, and in the eighth byte the escape's length. */
  escapes: 1024,
  input: 4096,
  inputBytes: 2 * 1024 * 1024,
  /** To the memory's end, so that what is too long for it is a trap. */
  output: 4096 + 2 * 1024 * 1024 + 64,
  pages: 128,
} as const;

/** Numbers of the imported functions, in the order of `imports`. */
export const imported = { read: 0, skip: 1, beginMap: 2, mapKey: 3, endMap: 4 } as const;

/** A place is one in the memory. What cannot be done gives -1 for one. */
export const imports = [
  /** Which value, where it begins, where its JSON goes: the end of its JSON. */
  { name: "read", takes: [i32, i32, i32], gives: [i32] },
  /** Which value, where it begins: where it ends. */
  { name: "skip", takes: [i32, i32], gives: [i32] },
  { name: "beginMap", takes: [], gives: [] },
  /** Where the key's JSON begins and ends: whether the map may have it there. */
  { name: "mapKey", takes: [i32, i32], gives: [i32] },
  { name: "endMap", takes: [], gives: [] },
] as const;

/** The table at `layout.escapes`. */
export function escapeTable(): Buffer {
  const table = Buffer.alloc(0x80 * 8);
  for (const [byte, spelling] of jsonEscapes.entries()) {
    if (spelling === undefined) continue;
    table.set(spelling, byte * 8);
    table[byte * 8 + 7] = spelling.length;
  }
  return table;
}

/** Numbers of the routines; `routines.ts` has them in this order. */
export const routine = {
  readLong: 5,
  text: 6,
  digits: 7,
  long: 8,
  int: 9,
  timestamp: 10,
  count: 11,
} as const;
/** The number of the first function after them. */
export const firstFunction = 12;
