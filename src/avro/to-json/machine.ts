/**
 * Runs programs over records' bytes, in one memory for all: the bytes are copied in, their JSON is copied out. What is
 * odd in the bytes ends the run with nothing printed: whoever asked reads them by way of values then, which says what is
 * wrong, so that only sound records have to be quick.
 */
import type { Utf8Text } from "../../kernel/utf8-text.ts";
import { BytesFault, type TapBuffer } from "../tap.ts";
import type { JsonProgram } from "./compile.ts";
import { escapeTable, layout } from "./layout.ts";

/** Puts the JSON of the record that begins at `from` behind the text; false, with nothing put there, for what is odd. */
export type RunJson = (bytes: Buffer, from: number, target: Utf8Text) => boolean;

/** What is used of it; the types of Node have no WebAssembly. */
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly RuntimeError: new () => Error;
  readonly CompileError: new () => Error;
}

/** Longest form of a UTF-16 unit in UTF-8. */
const maxUnitBytes = 3;
/** Whether an object would have such a key elsewhere than where it was put. */
const isIndex = /^(?:0|[1-9][0-9]{0,9})$/;

/** undefined where Node runs without it (`--jitless`). */
const { WebAssembly: api } = globalThis as { readonly WebAssembly?: WebAssemblyApi };

/** Made with the first program. */
let memory: { readonly owner: object; readonly bytes: TapBuffer } | undefined;

function openMemory(api: WebAssemblyApi) {
  const owner = new api.Memory({ initial: layout.pages, maximum: layout.pages });
  const bytes = Buffer.from(owner.buffer) as TapBuffer;
  bytes.set(escapeTable(), layout.escapes);
  return { owner, bytes };
}

/** The record that is being printed. */
const record = { buf: Buffer.alloc(0) as TapBuffer, pos: 0, empty: 0 };
/** Of a place in the memory to one in the record. */
let shift = 0;
/** Keys of the maps that are not ended. */
const keySets: Set<string>[] = [];

/** Makes a program ready; null where it cannot be run: without WebAssembly, and for schemas beyond its limits. */
export function openProgram({ bytes: code, reads, skips }: JsonProgram): RunJson | null {
  if (api === undefined) return null;
  const { RuntimeError, CompileError } = api;
  let module: object;
  try {
    module = new api.Module(code);
  } catch (error) {
    if (error instanceof CompileError) return null;
    throw error;
  }
  memory ??= openMemory(api);
  const { bytes: place, owner } = memory;

  const env = {
    memory: owner,
    read(which: number, pos: number, out: number): number {
      record.pos = pos - shift;
      const text = reads[which]?.(record) ?? "";
      if (record.pos > record.buf.length || out + text.length * maxUnitBytes > place.length) return -1;
      place.writeInt32LE(record.pos + shift, layout.readTo);
      return out + place.utf8Write(text, out);
    },
    skip(which: number, pos: number): number {
      record.pos = pos - shift;
      skips[which]?.(record);
      return record.pos > record.buf.length ? -1 : record.pos + shift;
    },
    beginMap() {
      keySets.push(new Set());
    },
    mapKey(from: number, to: number): number {
      const keys = keySets.at(-1) as Set<string>;
      const key = place.utf8Slice(from + 1, to - 1);
      if (keys.has(key) || isIndex.test(key)) return 0;
      keys.add(key);
      return 1;
    },
    endMap() {
      keySets.pop();
    },
  };
  const { exports } = new api.Instance(module, { env });
  const print = exports.print as (end: number) => number;

  return (bytes, from, target) => {
    const length = bytes.length - from;
    if (length > layout.inputBytes) return false;
    bytes.copy(place, layout.input, from);
    record.buf = bytes as TapBuffer;
    record.empty = 0;
    shift = layout.input - from;
    let end: number;
    try {
      end = print(layout.input + length);
    } catch (error) {
      keySets.length = 0;
      // Thrown by what reads and skips; by the memory's end; and by what nests too deeply for it.
      const isOdd =
        error instanceof BytesFault || error instanceof RuntimeError || error instanceof RangeError;
      if (isOdd) return false;
      throw error;
    }
    if (end < 0) {
      keySets.length = 0;
      return false;
    }
    const size = end - layout.output;
    const at = target.length;
    place.copy(target.room(size), at, layout.output, end);
    target.advance(at + size);
    return true;
  };
}
