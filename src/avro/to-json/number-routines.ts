/**
 * Numbers of the Avro binary encoding, and as JSON (Avro specification, "Binary Encoding").
 */
import {
  add,
  addLong,
  advance,
  and,
  andLong,
  branch,
  branchIf,
  type Code,
  call,
  divideLong,
  get,
  give,
  i32,
  i64,
  isAbove,
  isAboveLong,
  isBelow,
  isBelowLong,
  isNegative,
  isNegativeLong,
  isZero,
  isZeroLong,
  Label,
  load8,
  long,
  loop,
  multiplyLong,
  number,
  or,
  orLong,
  set,
  setAll,
  shiftLongLeft,
  shiftLongRight,
  shiftRight,
  store8,
  subtract,
  subtractLong,
  toLong,
  toNumber,
  type WasmFunction,
  when,
  xorLong,
} from "./assembler.ts";
import { failed, routine } from "./layout.ts";

const minus = 0x2d;
const digitZero = 0x30;
/** A safe integer takes 54 bits with its sign: eight bytes. Those that need not be so long are left to others. */
const longestBits = 56n;
const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** place -> zigzag number, place after it */
export function readLongRoutine(): WasmFunction {
  const [pos, byte, bits, shift] = [0, 1, 2, 3];
  const next = new Label();
  return {
    takes: [i32],
    gives: [i64, i32],
    locals: [i32, i64, i64],
    body: [
      loop(
        next,
        set(byte, load8(get(pos))),
        advance(pos, 1),
        set(bits, orLong(get(bits), shiftLongLeft(toLong(and(get(byte), number(0x7f))), get(shift)))),
        when(
          isBelow(get(byte), number(0x80)),
          give(
            xorLong(
              shiftLongRight(get(bits), long(1n)),
              subtractLong(long(0n), andLong(get(bits), long(1n))),
            ),
            get(pos),
          ),
        ),
        set(shift, addLong(get(shift), long(7n))),
        branchIf(next, isBelowLong(get(shift), long(longestBits))),
      ),
      give(long(0n), failed),
    ],
  };
}

/** number, place of its digits -> place after them */
export function digitsRoutine(): WasmFunction {
  const [value, out, end, bound, tenth] = [0, 1, 2, 3, 4];
  const counting = new Label();
  const printing = new Label();
  return {
    takes: [i64, i32],
    gives: [i32],
    locals: [i32, i64, i64],
    body: [
      when(isNegativeLong(get(value)), [
        set(value, subtractLong(long(0n), get(value))),
        store8(get(out), number(minus)),
        advance(out, 1),
      ]),
      when(isAboveLong(get(value), long(largest)), give(failed)),
      set(bound, long(10n)),
      loop(
        counting,
        advance(out, 1),
        when(
          isBelowLong(get(value), get(bound)),
          [],
          [set(bound, multiplyLong(get(bound), long(10n))), branch(counting)],
        ),
      ),
      set(end, get(out)),
      loop(
        printing,
        set(tenth, divideLong(get(value), long(10n))),
        advance(out, -1),
        store8(
          get(out),
          add(toNumber(subtractLong(get(value), multiplyLong(get(tenth), long(10n)))), number(digitZero)),
        ),
        set(value, get(tenth)),
        when(isZeroLong(get(value)), [], branch(printing)),
      ),
      give(get(end)),
    ],
  };
}

/** place, place of the JSON -> places after both: a whole number that passes */
function wholeRoutine(isInRange: (value: Code) => Code): WasmFunction {
  const [pos, out, byte, value] = [0, 1, 2, 3];
  return {
    takes: [i32, i32],
    gives: [i32, i32],
    locals: [i32, i64],
    body: [
      set(byte, load8(get(pos))),
      // 0 to 9, of which most lists of counts consist.
      when(and(isBelow(get(byte), number(20)), isZero(and(get(byte), number(1)))), [
        store8(get(out), add(number(digitZero), shiftRight(get(byte), number(1)))),
        give(add(get(pos), number(1)), add(get(out), number(1))),
      ]),
      setAll([value, pos], call(routine.readLong, get(pos))),
      when(or(isNegative(get(pos)), isZero(isInRange(get(value)))), give(get(pos), failed)),
      give(get(pos), call(routine.digits, get(value), get(out))),
    ],
  };
}

export const longRoutine = () => wholeRoutine(() => number(1));
export const intRoutine = () => wholeRoutine(isInt);

const isInt = (value: Code): Code => isBelowLong(addLong(value, long(0x8000_0000n)), long(0x1_0000_0000n));

/** place, end of the record -> items of the next block of a list, never more than there are bytes, and place after */
export function countRoutine(): WasmFunction {
  const [pos, end, items, value, size] = [0, 1, 2, 3, 4];
  const refused = give(failed, get(pos));
  return {
    takes: [i32, i32],
    gives: [i32, i32],
    locals: [i32, i64, i64],
    body: [
      set(items, load8(get(pos))),
      when(
        and(get(items), number(0x81)),
        [
          setAll([value, pos], call(routine.readLong, get(pos))),
          when(isNegative(get(pos)), refused),
          when(isNegativeLong(get(value)), [
            // Followed by the block's size in bytes.
            setAll([size, pos], call(routine.readLong, get(pos))),
            when(or(isNegative(get(pos)), isNegativeLong(get(size))), refused),
            set(value, subtractLong(long(0n), get(value))),
          ]),
          when(isAboveLong(get(value), long(0x7fff_ffffn)), refused),
          set(items, toNumber(get(value))),
        ],
        [set(items, shiftRight(get(items), number(1))), advance(pos, 1)],
      ),
      when(or(isAbove(get(pos), get(end)), isAbove(get(items), subtract(get(end), get(pos)))), refused),
      give(get(items), get(pos)),
    ],
  };
}
