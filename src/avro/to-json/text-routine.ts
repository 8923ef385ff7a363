/**
 * UTF-8 text as a JSON string: escaped as `JSON.stringify` does, and checked on the way (RFC 3629). Sixteen bytes at a
 * time are copied and looked through; only what is escaped or no ASCII is looked at by itself.
 */
import {
  add,
  advance,
  and,
  bitmask,
  block,
  branch,
  branchIf,
  type Code,
  call,
  differs,
  equal,
  equalBytes,
  get,
  give,
  i32,
  i64,
  isAbove,
  isAboveLong,
  isBelow,
  isBelowBytes,
  isNegative,
  isZero,
  isZeroLong,
  Label,
  load8,
  load32,
  load64,
  load128,
  long,
  loop,
  number,
  or,
  orBytes,
  set,
  setAll,
  shiftLeft,
  shiftLongRight,
  shiftRight,
  splat,
  store8,
  store32,
  store64,
  store128,
  subtract,
  toNumber,
  trailingZeros,
  v128,
  type WasmFunction,
  when,
} from "./assembler.ts";
import { failed, layout, routine } from "./layout.ts";

const quote = 0x22;
const backslash = 0x5c;

/** place, end of the record, place of the JSON -> places after both: a text in quotes */
export function textRoutine(): WasmFunction {
  const [pos, end, out, stop, marks, left, chunk, value] = [0, 1, 2, 3, 4, 5, 6, 7];
  const done = new Label();
  const chunks = new Label();
  const characters = new Label();
  const refused = give(get(pos), failed);
  const marked = orBytes(
    orBytes(isBelowBytes(get(chunk), splat(number(0x20))), equalBytes(get(chunk), splat(number(quote)))),
    equalBytes(get(chunk), splat(number(backslash))),
  );
  return {
    takes: [i32, i32, i32],
    gives: [i32, i32],
    locals: [i32, i32, i32, v128, i64],
    body: [
      set(left, load8(get(pos))),
      when(
        and(get(left), number(0x81)),
        [
          setAll([value, pos], call(routine.readLong, get(pos))),
          // Negative ones are large without their sign.
          when(or(isNegative(get(pos)), isAboveLong(get(value), long(0x7fff_ffffn))), refused),
          set(left, toNumber(get(value))),
        ],
        [set(left, shiftRight(get(left), number(1))), advance(pos, 1)],
      ),
      set(stop, add(get(pos), get(left))),
      when(isAbove(get(stop), get(end)), refused),
      store8(get(out), number(quote)),
      advance(out, 1),
      block(
        done,
        loop(
          chunks,
          set(chunk, load128(get(pos))),
          store128(get(out), get(chunk)),
          set(marks, bitmask(marked)),
          set(left, subtract(get(stop), get(pos))),
          when(isBelow(get(left), number(17)), [
            set(marks, and(get(marks), subtract(shiftLeft(number(1), get(left)), number(1)))),
            when(isZero(get(marks)), [advance(out, get(left)), branch(done)]),
          ]),
          when(isZero(get(marks)), [advance(pos, 16), advance(out, 16), branch(chunks)]),
          set(marks, trailingZeros(get(marks))),
          advance(pos, get(marks)),
          advance(out, get(marks)),
          loop(
            characters,
            character({ pos, out, stop, lead: left, word: marks, value, refused, chunks }),
            branchIf(characters, differs(get(pos), get(stop))),
          ),
        ),
      ),
      store8(get(out), number(quote)),
      give(get(stop), add(get(out), number(1))),
    ],
  };
}

interface CharacterLocals {
  readonly pos: number;
  readonly out: number;
  readonly stop: number;
  readonly lead: number;
  readonly word: number;
  readonly value: number;
  readonly refused: Code;
  /** Where a plain character goes on. */
  readonly chunks: Label;
}

/** One character that is escaped, or of several bytes: neither longer than need be, a surrogate, nor beyond U+10FFFF. */
function character({ pos, out, stop, lead, word, value, refused, chunks }: CharacterLocals): Code {
  /** Whether the bytes under the mask are these, and the last one is there. */
  const isNot = (mask: number, bytes: number, length: number): Code =>
    or(
      differs(and(get(word), number(mask)), number(bytes)),
      isAbove(add(get(pos), number(length)), get(stop)),
    );
  const copied = (length: number): Code => [
    store32(get(out), get(word)),
    advance(pos, length),
    advance(out, length),
  ];
  const second = and(shiftRight(get(word), number(8)), number(0xff));
  return [
    set(lead, load8(get(pos))),
    when(
      isBelow(get(lead), number(0x80)),
      [
        set(value, load64(shiftLeft(get(lead), number(3)), layout.escapes)),
        branchIf(chunks, isZeroLong(get(value))),
        store64(get(out), get(value)),
        advance(pos, 1),
        advance(out, toNumber(shiftLongRight(get(value), long(56n)))),
      ],
      [
        set(word, load32(get(pos))),
        when(
          isBelow(get(lead), number(0xe0)),
          [when(or(isBelow(get(lead), number(0xc2)), isNot(0xc000, 0x8000, 2)), refused), copied(2)],
          when(
            isBelow(get(lead), number(0xf0)),
            [
              when(isNot(0xc0c000, 0x808000, 3), refused),
              when(and(equal(get(lead), number(0xe0)), isBelow(second, number(0xa0))), refused),
              when(and(equal(get(lead), number(0xed)), isAbove(second, number(0x9f))), refused),
              copied(3),
            ],
            [
              when(or(isAbove(get(lead), number(0xf4)), isNot(0xc0c0c000 | 0, 0x80808000 | 0, 4)), refused),
              when(and(equal(get(lead), number(0xf0)), isBelow(second, number(0x90))), refused),
              when(and(equal(get(lead), number(0xf4)), isAbove(second, number(0x8f))), refused),
              copied(4),
            ],
          ),
        ),
      ],
    ),
  ];
}
