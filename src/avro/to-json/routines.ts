/**
 * What every program calls, in the order of `routine`. They read up to 15 bytes past a text's end, and numbers past the
 * record's, which hurts nobody in a memory of their own: a record counts only when it ended where it should.
 */
import type { WasmFunction } from "./assembler.ts";
import { countRoutine, digitsRoutine, intRoutine, longRoutine, readLongRoutine } from "./number-routines.ts";
import { textRoutine } from "./text-routine.ts";
import { timestampRoutine } from "./timestamp-routine.ts";

export const routines: readonly WasmFunction[] = [
  readLongRoutine(),
  textRoutine(),
  digitsRoutine(),
  longRoutine(),
  intRoutine(),
  timestampRoutine(),
  countRoutine(),
];
