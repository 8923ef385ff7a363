/**
 * The two ways from a record's bytes to its JSON: without its value, and by way of the value that the codec's resolver
 * makes.
 */
import { expect } from "@jest/globals";
import { createReader } from "../../src/avro/codec.ts";
import { AvroError } from "../../src/avro/error.ts";
import { parseSchema } from "../../src/avro/parse-schema.ts";
import { createJsonReader } from "../../src/avro/to-json/json-reader.ts";
import type { ValueMapping } from "../../src/avro/value-mapping.ts";
import { Utf8Text } from "../../src/kernel/utf8-text.ts";
import { createJsonRenderer } from "../../src/render/json.ts";

export interface JsonWays {
  /** What each way prints, or the code of what it throws. */
  print(bytes: Buffer): { readonly direct: string; readonly byValue: string };
  /** How often the direct way had to go by way of a value. */
  readonly detours: number;
}

export function openJsonWays(writer: unknown, reader: unknown, mapping: ValueMapping = {}): JsonWays {
  const schema = JSON.stringify(reader);
  const { json } = createJsonRenderer({ kind: "json", schema });
  if (json === undefined) throw new Error("plain JSON can be printed without values");
  const { append, leaf, suffix } = json;
  let detours = 0;
  const text = new Utf8Text(16);
  const counted = (target: Utf8Text, value: unknown) => {
    detours++;
    append(target, value);
  };
  const resolver = createReader(parseSchema(reader), mapping).resolverOf(parseSchema(writer));
  const values = { append: counted, leaf };
  const print = createJsonReader(parseSchema(reader), mapping, { values, text, suffix }).printerOf(resolver);
  const attempt = (work: (target: Utf8Text) => void, target: Utf8Text): string => {
    const before = target.length;
    try {
      work(target);
    } catch (error) {
      if (!(error instanceof AvroError)) throw error;
      expect(target.length).toBe(before);
      return `${error.code}: ${error.message}`;
    }
    return target.take().toString();
  };
  return {
    print(bytes) {
      // Not at the beginning of its memory, as records of a fetch are not.
      const framed = Buffer.concat([Buffer.from("frame"), bytes]).subarray(1);
      return {
        direct: attempt(() => print(framed, 4), text),
        byValue: attempt((target) => {
          append(target, resolver.decode(bytes));
          target.text(suffix);
        }, new Utf8Text(16)),
      };
    },
    get detours() {
      return detours;
    },
  };
}
