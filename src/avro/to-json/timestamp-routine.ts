/**
 * Milliseconds since 1970 as ISO 8601.
 */
import {
  add,
  addLong,
  advance,
  type Code,
  call,
  divide,
  divideLong,
  get,
  give,
  i32,
  i64,
  isAbove,
  isAboveLong,
  isNegative,
  long,
  multiply,
  multiplyLong,
  number,
  or,
  set,
  setAll,
  store8,
  store16,
  store64,
  subtract,
  subtractLong,
  toLong,
  toNumber,
  type WasmFunction,
  when,
} from "./assembler.ts";
import { failed, routine } from "./layout.ts";

const digitZero = 0x30;
const dayMs = 86_400_000;
const firstMs = BigInt(Date.parse("0000-01-01T00:00:00Z"));
const lastMs = BigInt(Date.parse("9999-12-31T23:59:59.999Z"));
/** From the first of March 400 years before the year 0 to 1970, in days: years end with their leap day then. */
const daysBefore1970 = 719_468 + 146_097;
const daysOf400Years = 146_097;

/**
 * place, place of the JSON -> places after both: milliseconds since 1970 as ISO 8601, of years of four digits. Days to
 * dates in whole numbers: the proleptic Gregorian calendar in spans of 400 years, as ISO 8601 has it.
 */
export function timestampRoutine(): WasmFunction {
  const [pos, out, value, day, rest, era, year, month, part] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  /** Two digits of what the local holds. */
  const pair = (offset: number, local: number): Code =>
    store16(
      get(out),
      add(
        subtract(
          multiply(get(local), number(0x100)),
          multiply(divide(get(local), number(10)), number(10 * 0x100 - 1)),
        ),
        number(0x3030),
      ),
      offset,
    );
  const constant = (offset: number, characters: string): Code =>
    store64(get(out), long(Buffer.from(characters).readBigInt64LE()), offset);
  const by = (local: number, divisor: number): Code => divide(get(local), number(divisor));
  return {
    takes: [i32, i32],
    gives: [i32, i32],
    locals: [i64, i32, i32, i32, i32, i32, i32],
    body: [
      setAll([value, pos], call(routine.readLong, get(pos))),
      when(
        or(
          isNegative(get(pos)),
          isAboveLong(subtractLong(get(value), long(firstMs)), long(lastMs - firstMs)),
        ),
        give(get(pos), failed),
      ),
      set(value, addLong(get(value), long(BigInt(daysBefore1970) * BigInt(dayMs)))),
      set(day, toNumber(divideLong(get(value), long(BigInt(dayMs))))),
      set(rest, toNumber(subtractLong(get(value), multiplyLong(toLong(get(day)), long(BigInt(dayMs)))))),
      set(era, by(day, daysOf400Years)),
      set(day, subtract(get(day), multiply(get(era), number(daysOf400Years)))),
      // Years of the span: each fourth has a day more, but not each hundredth, and the last one has.
      set(
        year,
        divide(
          subtract(add(subtract(get(day), by(day, 1460)), by(day, 36_524)), by(day, 146_096)),
          number(365),
        ),
      ),
      set(
        day,
        subtract(get(day), subtract(add(multiply(get(year), number(365)), by(year, 4)), by(year, 100))),
      ),
      // Five months from March on, and from August on, have 153 days.
      set(month, divide(add(multiply(get(day), number(5)), number(2)), number(153))),
      set(
        day,
        add(
          subtract(get(day), divide(add(multiply(get(month), number(153)), number(2)), number(5))),
          number(1),
        ),
      ),
      set(year, add(get(year), multiply(subtract(get(era), number(1)), number(400)))),
      set(month, add(get(month), number(3))),
      when(isAbove(get(month), number(12)), [advance(month, -12), advance(year, 1)]),
      constant(0, '"0000-00'),
      constant(8, "-00T00:0"),
      constant(16, "0:00.000"),
      store16(get(out), number(Buffer.from('Z"').readUInt16LE()), 24),
      set(part, by(year, 100)),
      pair(1, part),
      set(year, subtract(get(year), multiply(get(part), number(100)))),
      pair(3, year),
      pair(6, month),
      pair(9, day),
      set(part, by(rest, 3_600_000)),
      pair(12, part),
      set(rest, subtract(get(rest), multiply(get(part), number(3_600_000)))),
      set(part, by(rest, 60_000)),
      pair(15, part),
      set(rest, subtract(get(rest), multiply(get(part), number(60_000)))),
      set(part, by(rest, 1000)),
      pair(18, part),
      set(rest, subtract(get(rest), multiply(get(part), number(1000)))),
      set(part, by(rest, 10)),
      pair(21, part),
      store8(get(out), add(number(digitZero), subtract(get(rest), multiply(get(part), number(10)))), 23),
      give(get(pos), add(get(out), number(26))),
    ],
  };
}
