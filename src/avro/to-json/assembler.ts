/**
 * WebAssembly put together from expressions: only the instructions and sections that printing needs. Spec: WebAssembly
 * Core 2.0, "Binary Format".
 */

/** Instructions in their order; an operand is the code that leaves it on the stack. */
export type Code = number | Block | Branch | readonly Code[];

/** Where `branch` goes: the end of a block, the beginning of a loop. */
export class Label {}

interface Block {
  readonly opcode: number;
  readonly label: Label;
  readonly body: Code;
}

interface Branch {
  readonly opcode: number;
  readonly to: Label;
}

export const i32 = 0x7f;
export const i64 = 0x7e;
export const v128 = 0x7b;
export type ValueType = typeof i32 | typeof i64 | typeof v128;

/** Unsigned LEB128 of at most 32 bits. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128 of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest & 0x7f);
  return bytes;
}

/** Signed LEB128 of 64 bits. */
function signedLong(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64n || rest > 63n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest & 0x7fn));
  return bytes;
}

export const number = (value: number): Code => [0x41, ...signed(value)];
export const long = (value: bigint): Code => [0x42, ...signedLong(value)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, ...unsigned(local)];
/** Takes the values that code leaves on the stack, the last one first. */
export const setAll = (locals: readonly number[], values: Code): Code => [
  values,
  ...locals.toReversed().map((local) => [0x21, ...unsigned(local)]),
];

type Binary = (left: Code, right: Code) => Code;
const binary =
  (...opcode: readonly number[]): Binary =>
  (left, right) => [left, right, ...opcode];
type Unary = (operand: Code) => Code;
const unary =
  (...opcode: readonly number[]): Unary =>
  (operand) => [operand, ...opcode];

export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const multiply = binary(0x6c);
export const divide = binary(0x6e);
export const and = binary(0x71);
export const or = binary(0x72);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x76);
export const isZero = unary(0x45);
export const equal = binary(0x46);
export const differs = binary(0x47);
export const isNegative = (operand: Code): Code => [operand, number(0), 0x48];
/** Comparisons without sign. */
export const isBelow = binary(0x49);
export const isAbove = binary(0x4b);
export const trailingZeros = unary(0x68);

export const addLong = binary(0x7c);
export const subtractLong = binary(0x7d);
export const multiplyLong = binary(0x7e);
export const divideLong = binary(0x80);
export const andLong = binary(0x83);
export const orLong = binary(0x84);
export const xorLong = binary(0x85);
export const shiftLongLeft = binary(0x86);
export const shiftLongRight = binary(0x88);
export const isZeroLong = unary(0x50);
export const isBelowLong = binary(0x54);
export const isAboveLong = binary(0x56);
export const isNegativeLong = (operand: Code): Code => [operand, long(0n), 0x53];
/** Of 64 bits the lower half. */
export const toNumber = unary(0xa7);
export const toLong = unary(0xad);

/** 16 bytes side by side. */
export const splat = unary(0xfd, 0x0f);
export const equalBytes = binary(0xfd, 0x23);
/** With sign, so that bytes from 0x80 on are below all others. */
export const isBelowBytes = binary(0xfd, 0x25);
export const orBytes = binary(0xfd, 0x50);
/** The highest bit of each byte, the first one's lowest. */
export const bitmask = unary(0xfd, 0x64);

/** The local with something added. */
export const advance = (local: number, by: number | Code): Code =>
  set(local, add(get(local), typeof by === "number" ? number(by) : by));

type Load = (address: Code, offset?: number) => Code;
const load =
  (...opcode: readonly number[]): Load =>
  (address, offset = 0) => [address, ...opcode, 0, ...unsigned(offset)];
type Store = (address: Code, value: Code, offset?: number) => Code;
const store =
  (...opcode: readonly number[]): Store =>
  (address, value, offset = 0) => [address, value, ...opcode, 0, ...unsigned(offset)];

export const load8 = load(0x2d);
export const load32 = load(0x28);
export const load64 = load(0x29);
export const load128 = load(0xfd, 0x00);
export const store8 = store(0x3a);
export const store16 = store(0x3b);
export const store32 = store(0x36);
export const store64 = store(0x37);
export const store128 = store(0xfd, 0x0b);

const blockOpcode = 0x02;
const loopOpcode = 0x03;
const ifOpcode = 0x04;
const elseOpcode = 0x05;
const endOpcode = 0x0b;
const emptyType = 0x40;

export const block = (label: Label, ...body: readonly Code[]): Code => ({ opcode: blockOpcode, label, body });
export const loop = (label: Label, ...body: readonly Code[]): Code => ({ opcode: loopOpcode, label, body });
export const when = (condition: Code, then: Code, otherwise?: Code): Code => [
  condition,
  {
    opcode: ifOpcode,
    label: new Label(),
    body: otherwise === undefined ? then : [then, elseOpcode, otherwise],
  },
];
export const branch = (to: Label): Code => ({ opcode: 0x0c, to });
export const branchIf = (to: Label, condition: Code): Code => [condition, { opcode: 0x0d, to }];
export const give = (...values: readonly Code[]): Code => [...values, 0x0f];
export const call = (callee: number, ...operands: readonly Code[]): Code => [
  ...operands,
  0x10,
  ...unsigned(callee),
];

/** Types of the operands, then of the results. */
export interface Signature {
  readonly takes: readonly ValueType[];
  readonly gives: readonly ValueType[];
}

export interface WasmFunction extends Signature {
  /** Types of those locals that are no operands, whose numbers follow the operands'. */
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

export interface WasmModule {
  /** All from one module, `env`. Their numbers come before those of the functions. */
  readonly imports: readonly (Signature & { readonly name: string })[];
  /** Imported as `memory`. */
  readonly memoryPages: number;
  readonly functions: readonly WasmFunction[];
  /** Numbers of functions, by name. */
  readonly exports: Readonly<Record<string, number>>;
}

const preamble = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const functionType = 0x60;
const functionKind = 0;
const memoryKind = 2;
/** A memory that grows to a maximum. */
const bounded = 1;

export function assemble({ imports, memoryPages, functions, exports }: WasmModule): Uint8Array<ArrayBuffer> {
  const types: Uint8Array[] = [];
  const places = new Map<string, number>();
  const typeOf = ({ takes, gives }: Signature): Uint8Array => {
    const key = `${takes} ${gives}`;
    const known = places.get(key) ?? types.length;
    if (known === types.length) {
      const type = [functionType, ...unsigned(takes.length), ...takes, ...unsigned(gives.length), ...gives];
      places.set(key, types.push(Uint8Array.from(type)) - 1);
    }
    return Uint8Array.from(unsigned(known));
  };
  const imported = imports.map((each) =>
    Buffer.concat([Buffer.of(...name("env"), ...name(each.name), functionKind), typeOf(each)]),
  );
  const pages = unsigned(memoryPages);
  imported.push(Buffer.of(...name("env"), ...name("memory"), memoryKind, bounded, ...pages, ...pages));
  const declared = functions.map(typeOf);
  const exported = Object.entries(exports).map(([key, index]) =>
    Buffer.of(...name(key), functionKind, ...unsigned(index)),
  );
  const bodies = functions.map(({ locals, body }) => {
    const content = [...unsigned(locals.length), ...locals.flatMap((type) => [1, type])];
    write(body, content, []);
    content.push(endOpcode);
    return Buffer.from([...unsigned(content.length), ...content]);
  });
  return Buffer.concat([
    preamble,
    ...section(1, types),
    ...section(2, imported),
    ...section(3, declared),
    ...section(7, exported),
    ...section(10, bodies),
  ]);
}

function name(text: string): number[] {
  const bytes = Buffer.from(text);
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, items: readonly Uint8Array[]): readonly Uint8Array[] {
  const count = unsigned(items.length);
  const length = items.reduce((sum, item) => sum + item.length, count.length);
  return [Uint8Array.from([id, ...unsigned(length), ...count]), ...items];
}

/** `labels`: of the blocks around, the innermost last. */
function write(code: Code, target: number[], labels: Label[]): void {
  if (typeof code === "number") {
    target.push(code);
  } else if (isSequence(code)) {
    for (const each of code) write(each, target, labels);
  } else if ("to" in code) {
    const depth = labels.length - 1 - labels.lastIndexOf(code.to);
    target.push(code.opcode, ...unsigned(depth));
  } else {
    target.push(code.opcode, emptyType);
    labels.push(code.label);
    write(code.body, target, labels);
    labels.pop();
    target.push(endOpcode);
  }
}

function isSequence(code: Exclude<Code, number>): code is readonly Code[] {
  return Array.isArray(code);
}
