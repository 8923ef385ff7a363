/**
 * Bytes straight to JSON text: a reader whose values are what it has put behind a text. It prints what the values'
 * own printer prints, which it is given, and asks it for what is rare.
 */
import { LRUCache } from "lru-cache";
import type { Utf8Text } from "../../kernel/utf8-text.ts";
import { toParsingCanonicalForm, toSchemaText } from "../canonical.ts";
import { type AvroResolver, maxSharedResolvers } from "../codec.ts";
import { AvroError } from "../error.ts";
import type { AvroSchema } from "../model.ts";
import type { ValueMapping } from "../value-mapping.ts";
import { compileJson } from "./compile.ts";
import { openProgram, type RunJson } from "./machine.ts";

/** How values of the reader's schema are printed. */
export interface JsonValues {
  /** Puts the JSON of a value behind a text. */
  append(target: Utf8Text, value: unknown): void;
  /** A printer for a type without parts, from the JSON text of its schema. */
  leaf(schemaText: string): (value: unknown) => string;
}

export interface JsonTarget {
  readonly values: JsonValues;
  readonly text: Utf8Text;
  /** Put behind each value, such as a line's end. */
  readonly suffix: string;
}

/** Puts the JSON of the payload that begins at `from` behind the text; when it throws nothing was put there. */
export type PrintPayload = (bytes: Buffer, from: number) => void;

export interface JsonReader {
  /** `PrintPayload` throws AvroError as the resolver does. */
  printerOf(resolver: AvroResolver): PrintPayload;
}

/** Writers of one form share one program while it is kept. */
export function createJsonReader(reader: AvroSchema, mapping: ValueMapping, target: JsonTarget): JsonReader {
  const { values, text, suffix } = target;
  const leaf = (schema: AvroSchema) => values.leaf(toSchemaText(schema));
  const end = Buffer.from(suffix);
  const programs = new LRUCache<string, { readonly run: RunJson | null }>({ max: maxSharedResolvers });
  const programOf = (writer: AvroSchema): RunJson | null => {
    const form = toParsingCanonicalForm(writer);
    const known = programs.get(form);
    if (known !== undefined) return known.run;
    const program = compileJson({ reader, writer, mapping, leaf, suffix });
    const run = program === null ? null : openProgram(program);
    programs.set(form, { run });
    return run;
  };
  return {
    printerOf({ writer, decode }) {
      const run = programOf(writer);
      return (bytes, from) => {
        if (run?.(bytes, from, text) === true) return;
        appendWhole(text, values, decode(bytes.subarray(from)));
        text.bytes(end);
      };
    },
  };
}

/** What could be decoded may still nest too deeply for who prints it: nothing of it stays then. */
function appendWhole(text: Utf8Text, values: JsonValues, value: unknown): void {
  const before = text.length;
  try {
    values.append(text, value);
  } catch (cause) {
    text.advance(before);
    if (!(cause instanceof RangeError)) throw cause;
    throw new AvroError("corrupt", "the value nests too deeply to be printed", {
      details: { path: "" },
      cause,
    });
  }
}
