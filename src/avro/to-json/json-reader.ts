/**
 * Bytes straight to JSON text: a reader whose values are what it has put behind a text. It prints what the values'
 * own printer prints, which it is given, and asks it for what is rare.
 */
import { LRUCache } from "lru-cache";
import type { Utf8Text } from "../../kernel/utf8-text.ts";
import { toParsingCanonicalForm, toSchemaText } from "../canonical.ts";
import { type AvroResolver, maxSharedResolvers } from "../codec.ts";
import type { AvroSchema } from "../model.ts";
import { BytesFault } from "../tap.ts";
import type { ValueMapping } from "../value-mapping.ts";
import { compileJson } from "./compile.ts";
import { runJsonProgram } from "./machine.ts";
import type { JsonProgram } from "./program.ts";

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
  const programs = new LRUCache<string, { readonly program: JsonProgram | null }>({
    max: maxSharedResolvers,
  });
  const programOf = (writer: AvroSchema): JsonProgram | null => {
    const form = toParsingCanonicalForm(writer);
    const known = programs.get(form);
    if (known !== undefined) return known.program;
    const program = compileJson({ reader, writer, mapping, leaf, suffix });
    programs.set(form, { program });
    return program;
  };
  return {
    printerOf({ writer, decode }) {
      const program = programOf(writer);
      return (bytes, from) => {
        if (program !== null && succeeds(program, bytes, from, text)) return;
        values.append(text, decode(bytes.subarray(from)));
        text.bytes(end);
      };
    },
  };
}

function succeeds(program: JsonProgram, bytes: Buffer, from: number, text: Utf8Text): boolean {
  try {
    return runJsonProgram(program, bytes, from, text);
  } catch (error) {
    // Thrown by what reads and skips; a value that nests too deeply for it is a RangeError.
    if (error instanceof BytesFault || error instanceof RangeError) return false;
    throw error;
  }
}
