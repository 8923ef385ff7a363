/**
 * Puts together a function that prints a record: the places in the record and in its JSON move on, and text that is the
 * same for every record is gathered and stored eight bytes at a time.
 */
import {
  add,
  block,
  branch,
  branchIf,
  type Code,
  call,
  differs,
  equal,
  get,
  give,
  i32,
  i64,
  isAbove,
  isBelowLong,
  isNegative,
  isZero,
  Label,
  load8,
  load32,
  long,
  loop,
  number,
  set,
  setAll,
  store8,
  store32,
  store64,
  subtract,
  type ValueType,
  type WasmFunction,
  when,
} from "./assembler.ts";
import { failed, imported, layout, routine } from "./layout.ts";

const wordBytes = 8;
const comma = 0x2c;
const letterF = 0x66;

/** Numbers of locals. */
interface Places {
  /** Where the next value begins, and where its JSON goes. */
  readonly pos: number;
  readonly out: number;
  /** Where the record ends. */
  readonly end: number;
  /** A byte that was read, and an index. */
  readonly tag: number;
  readonly index: number;
}

/** The function of the record itself: its end -> the end of its JSON. */
export function createMainCode(): JsonCode {
  const places = { end: 0, pos: 1, out: 2, tag: 3, index: 4 };
  return new JsonCode(places, 1, [i32, i32, i32, i64], number(0), give(failed));
}

/** A function of a value inside: place, place of its JSON, end of the record, how deep it is -> places after both. */
export function createSharedCode(): JsonCode {
  const places = { pos: 0, out: 1, end: 2, tag: 4, index: 5 };
  return new JsonCode(places, 4, [i32, i64], get(3), give(number(0), failed));
}

export class JsonCode {
  readonly #places: Places;
  readonly #operands: number;
  readonly #locals: ValueType[];
  readonly #depth: Code;
  /** Gives the record up. */
  readonly #fail: Code;
  #body: Code[] = [];
  /** Text that is printed before what comes next. */
  #text = "";

  constructor(places: Places, operands: number, locals: ValueType[], depth: Code, fail: Code) {
    this.#places = places;
    this.#operands = operands;
    this.#locals = locals;
    this.#depth = depth;
    this.#fail = fail;
  }

  /** The function of the record itself, once all is put together. */
  toMain(): WasmFunction {
    const { pos, out, end } = this.#places;
    this.#flush();
    return {
      takes: [i32],
      gives: [i32],
      locals: this.#locals,
      body: [
        set(pos, number(layout.input)),
        set(out, number(layout.output)),
        this.#body,
        when(differs(get(pos), get(end)), this.#fail),
        give(get(out)),
      ],
    };
  }

  /** A function of a value inside that gives up what is deeper than that. */
  toShared(deepest: number): WasmFunction {
    const { pos, out } = this.#places;
    this.#flush();
    return {
      takes: [i32, i32, i32, i32],
      gives: [i32, i32],
      locals: this.#locals,
      body: [when(isAbove(this.#depth, number(deepest)), this.#fail), this.#body, give(get(pos), get(out))],
    };
  }

  print(text: string): void {
    this.#text += text;
  }

  /** All that `work` puts together, apart. */
  within(work: () => void): Code {
    const outer = this.#body;
    const inner: Code[] = [];
    this.#flush();
    this.#body = inner;
    work();
    this.#flush();
    this.#body = outer;
    return inner;
  }

  /** A value by a function that `createSharedCode` began; in how many others it stands in this one. */
  shared(callee: number, level: number): void {
    const { pos, end } = this.#places;
    this.#printBy(callee, get(pos), this.#place(), get(end), add(this.#depth, number(level)));
  }

  string(): void {
    const { pos, end } = this.#places;
    this.#printBy(routine.text, get(pos), get(end), this.#place());
  }

  int(): void {
    this.#printBy(routine.int, get(this.#places.pos), this.#place());
  }

  long(): void {
    this.#printBy(routine.long, get(this.#places.pos), this.#place());
  }

  boolean(): void {
    const { pos, out, tag } = this.#places;
    this.#flush();
    this.#add(
      set(tag, load8(get(pos))),
      when(isAbove(get(tag), number(1)), this.#fail),
      when(get(tag), store32(get(out), word("true")), [
        store8(get(out), number(letterF)),
        store32(get(out), word("alse"), 1),
      ]),
      set(out, subtract(add(get(out), number(5)), get(tag))),
      set(pos, add(get(pos), number(1))),
    );
  }

  /** Years other than those of four digits are printed by `read`. */
  timestamp(read: number): void {
    const { pos, out } = this.#places;
    const [next, end] = [this.#local(i32), this.#local(i32)];
    this.#flush();
    this.#add(
      setAll([next, end], call(routine.timestamp, get(pos), get(out))),
      when(
        isNegative(get(end)),
        this.within(() => this.read(read)),
        [set(pos, get(next)), set(out, get(end))],
      ),
    );
  }

  /** A value by one of the program's `reads`. */
  read(read: number): void {
    const { pos, out } = this.#places;
    this.#add(
      set(out, call(imported.read, number(read), get(pos), this.#place())),
      when(isNegative(get(out)), this.#fail),
      set(pos, load32(number(layout.readTo))),
    );
  }

  /** Passes over a value by one of the program's `skips`. */
  skip(skip: number): void {
    const { pos } = this.#places;
    this.#add(set(pos, call(imported.skip, number(skip), get(pos))), when(isNegative(get(pos)), this.#fail));
  }

  /** A local that notes where the next value begins. */
  mark(): number {
    const mark = this.#local(i32);
    this.#add(set(mark, get(this.#places.pos)));
    return mark;
  }

  seek(mark: number): void {
    this.#add(set(this.#places.pos, get(mark)));
  }

  /** What does not end at the mark is given up. */
  expect(mark: number): void {
    this.#add(when(differs(get(this.#places.pos), get(mark)), this.#fail));
  }

  /** A union of null and another: which of both null is. */
  optional(nullAt: number, value: () => void): void {
    const { pos, out, tag } = this.#places;
    this.#flush();
    this.#add(
      set(tag, load8(get(pos))),
      set(pos, add(get(pos), number(1))),
      when(
        equal(get(tag), number(nullAt << 1)),
        [store32(get(out), word("null")), set(out, add(get(out), number(4)))],
        [when(differs(get(tag), number((1 - nullAt) << 1)), this.#fail), this.within(value)],
      ),
    );
  }

  /** An index, and the one of several that it means. */
  choose(options: readonly (() => void)[]): void {
    const { pos, index } = this.#places;
    const bodies = options.map((option) => this.within(option));
    const pick = (first: number, last: number): Code => {
      if (first === last) return bodies[first] ?? this.#fail;
      const middle = (first + last + 1) >> 1;
      const isFirst = isBelowLong(get(index), long(BigInt(middle)));
      return when(isFirst, pick(first, middle - 1), pick(middle, last));
    };
    this.#flush();
    this.#add(
      setAll([index, pos], call(routine.readLong, get(pos))),
      when(isNegative(get(pos)), this.#fail),
      when(isBelowLong(get(index), long(BigInt(bodies.length))), pick(0, bodies.length - 1), this.#fail),
    );
  }

  /** Items of blocks, with commas between them. */
  list(item: () => void): void {
    const { pos, out, end } = this.#places;
    const left = this.#local(i32);
    const done = new Label();
    const next = new Label();
    const count = [
      setAll([left, pos], call(routine.count, get(pos), get(end))),
      when(isNegative(get(left)), this.#fail),
      branchIf(done, isZero(get(left))),
    ];
    this.#flush();
    this.#add(
      block(
        done,
        count,
        loop(
          next,
          this.within(item),
          set(left, subtract(get(left), number(1))),
          when(isZero(get(left)), count),
          store8(get(out), number(comma)),
          set(out, add(get(out), number(1))),
          branch(next),
        ),
      ),
    );
  }

  /** Entries of blocks, with commas between them. */
  entries(value: () => void): void {
    const { out, tag } = this.#places;
    this.#add(call(imported.beginMap));
    this.list(() => {
      this.#add(set(tag, get(out)));
      this.string();
      this.#add(when(isZero(call(imported.mapKey, get(tag), get(out))), this.#fail));
      this.print(":");
      value();
    });
    this.#add(call(imported.endMap));
  }

  #add(...code: readonly Code[]): void {
    this.#body.push(...code);
  }

  #local(type: ValueType): number {
    return this.#operands + this.#locals.push(type) - 1;
  }

  /** By a function that gives the places after both. */
  #printBy(callee: number, ...operands: readonly Code[]): void {
    const { pos, out } = this.#places;
    this.#add(setAll([pos, out], call(callee, ...operands)), when(isNegative(get(out)), this.#fail));
  }

  /** Stores the text that comes before; gives the place after it, where `out` is not yet. */
  #place(): Code {
    const { out } = this.#places;
    const text = Buffer.from(this.#text);
    this.#text = "";
    // What comes next writes over the zeros after the end.
    const padded = Buffer.concat([text, Buffer.alloc(wordBytes)]);
    for (let at = 0; at < text.length; at += wordBytes) {
      this.#add(store64(get(out), long(padded.readBigInt64LE(at)), at));
    }
    return text.length === 0 ? get(out) : add(get(out), number(text.length));
  }

  #flush(): void {
    if (this.#text !== "") this.#add(set(this.#places.out, this.#place()));
  }
}

/** Four characters as a little-endian number. */
function word(characters: string): Code {
  return number(Buffer.from(characters).readInt32LE());
}
