import { describe, expect, test } from "@jest/globals";
import {
  add,
  assemble,
  block,
  branch,
  branchIf,
  type Code,
  call,
  equal,
  get,
  give,
  i32,
  i64,
  isZero,
  Label,
  long,
  loop,
  number,
  set,
  setAll,
  subtract,
  toLong,
  type WasmFunction,
  when,
} from "./assembler.ts";

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
  readonly Memory: new (size: object) => object;
}
const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

/** The first of the functions, made ready. */
function run(...functions: readonly WasmFunction[]): (...operands: readonly unknown[]) => unknown {
  const bytes = assemble({ imports: [], memoryPages: 1, functions, exports: { run: 0 } });
  const env = { memory: new Memory({ initial: 1, maximum: 1 }) };
  return new Instance(new Module(bytes), { env }).exports.run as (...operands: readonly unknown[]) => unknown;
}

const ofNumbers = (takes: number, ...body: readonly Code[]): WasmFunction => ({
  takes: new Array<typeof i32>(takes).fill(i32),
  gives: [i32],
  locals: [i32],
  body,
});

describe("WebAssembly that is put together", () => {
  test.each([0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
    "has the number %d",
    (value) => {
      expect(run(ofNumbers(0, number(value)))()).toBe(value);
    },
  );

  test.each([
    0n,
    1n,
    -1n,
    63n,
    64n,
    -64n,
    -65n,
    2n ** 31n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    0x2022_6e6f_3a22_2c7bn,
  ])("has the number %d of 64 bits", (value) => {
    expect(run({ takes: [], gives: [i64], locals: [], body: long(value) })()).toBe(value);
  });

  test("has more than 127 locals, and finds each", () => {
    const locals = new Array<typeof i32>(300).fill(i32);
    const body = [
      ...locals.map((_, index) => set(index, number(index))),
      ...locals.map((_, index) => get(index)),
      ...locals.slice(1).map((): Code => 0x6a),
    ];
    expect(run({ takes: [], gives: [i32], locals, body })()).toBe((300 * 299) / 2);
  });

  test("leaves the block that is meant, out of others", () => {
    const [outer, inner] = [new Label(), new Label()];
    const leave = run(
      ofNumbers(
        1,
        block(
          outer,
          block(
            inner,
            branchIf(inner, equal(get(0), number(1))),
            when(equal(get(0), number(2)), branch(outer)),
            give(number(0)),
          ),
          give(number(1)),
        ),
        number(2),
      ),
    );
    expect([0, 1, 2].map((each) => leave(each))).toEqual([0, 1, 2]);
  });

  test("goes back to a loop's beginning, and calls functions of several results", () => {
    const again = new Label();
    /** value, count -> what comes next of both */
    const step: WasmFunction = {
      takes: [i32, i32],
      gives: [i32, i32],
      locals: [],
      body: [add(get(0), get(1)), subtract(get(1), number(1))],
    };
    const sum = run(
      ofNumbers(
        1,
        loop(
          again,
          setAll([1, 0], call(1, get(1), get(0))),
          when(isZero(get(0)), give(get(1))),
          branch(again),
        ),
        number(-1),
      ),
      step,
    );
    expect(sum(100)).toBe(5050);
  });

  test("takes either way", () => {
    const choose = run({
      takes: [i32],
      gives: [i64],
      locals: [i64],
      body: [when(get(0), set(1, long(7n)), set(1, toLong(number(8)))), get(1)],
    });
    expect([choose(1), choose(0)]).toEqual([7n, 8n]);
  });
});
