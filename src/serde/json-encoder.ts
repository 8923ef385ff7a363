/**
 * Lines of JSON to framed bytes: each line is a value of the schema, in the plain form or in Avro's JSON encoding.
 */
import { AvroError } from "../avro/error.ts";
import { parseExactJson } from "../avro/exact-json.ts";
import { type JsonEncoding, jsonEncodings, jsonMapping } from "../avro/json-leaves.ts";
import { createJsonReader, type JsonReader } from "../avro/json-reader.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";
import { describePointer } from "../avro/pointer.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SchemaId, SubjectName } from "../kernel/brand.ts";
import { createEncoder, type EncoderOptions, type EncoderRegistry } from "./encoder.ts";

export { type JsonEncoding, jsonEncodings };

export type JsonOutcome =
  /** `value` is what the codec was given. */
  | { readonly kind: "encoded"; readonly bytes: Buffer; readonly value: unknown }
  | {
      readonly kind: "unencodable";
      readonly code: "invalid-json" | "invalid-value" | "unpaired-surrogate";
      /** With the path of each place that is wrong, as many as a line has room for. */
      readonly message: string;
    };

export interface JsonEncoder {
  readonly schemaId: SchemaId;
  readonly subject: SubjectName;
  /** As that of a RecordEncoder. */
  readonly leftOut: readonly string[];
  /** Whether null is a value of the schema. */
  readonly takesNull: boolean;
  encode(text: string): JsonOutcome;
}

export interface JsonEncoderOptions extends EncoderOptions {
  readonly encoding: JsonEncoding;
}

const toldFindings = 5;
const otherEncodings = { plain: "avro", avro: "plain" } as const satisfies Record<JsonEncoding, JsonEncoding>;
const encodingNames: Readonly<Record<JsonEncoding, string>> = {
  plain: "plain JSON (--json-encoding plain)",
  avro: "Avro's JSON encoding (--json-encoding avro)",
};

/** Throws as createEncoder. */
export async function createJsonEncoder(
  registry: EncoderRegistry,
  schema: Omit<TypedSchema<unknown>, "values">,
  { encoding, ...options }: JsonEncoderOptions,
): Promise<JsonEncoder> {
  const model = parseSchemaText(schema.json);
  const read = createJsonReader(model, encoding);
  const other = otherEncodings[encoding];
  let readOther: JsonReader | undefined;
  /** A whole input in the wrong encoding is a mistake that its lines do not tell by themselves. */
  const describeOther = (json: unknown): string => {
    readOther ??= createJsonReader(model, other);
    return readOther(json).kind === "value" ? `; it fits as ${encodingNames[other]}` : "";
  };
  const { encode, schemaId, subject, leftOut } = await createEncoder<unknown, unknown>(
    registry,
    { ...schema, values: jsonMapping },
    options,
  );
  return {
    schemaId,
    subject,
    leftOut,
    takesNull: read(null).kind === "value",
    encode(text) {
      let json: unknown;
      try {
        json = parseExactJson(text);
      } catch (error) {
        if (!(error instanceof AvroError)) throw error;
        return { kind: "unencodable", code: "invalid-json", message: error.message };
      }
      const reading = read(json);
      if (reading.kind === "misfit") {
        const { findings } = reading;
        const told = findings.slice(0, toldFindings).map(({ path, message }) => at(path, message));
        const more = findings.length - told.length;
        const message = `${told.join("; ")}${more > 0 ? ` (and ${more} more)` : ""}${describeOther(json)}`;
        return { kind: "unencodable", code: findings[0].code, message };
      }
      const outcome = encode(reading.value);
      if (outcome.kind === "encoded") return { ...outcome, value: reading.value };
      return { kind: "unencodable", code: outcome.code, message: at(outcome.path, outcome.message) };
    },
  };
}

function at(path: string, message: string): string {
  const place = describePointer(path);
  return message.startsWith(`${place}: `) ? message : `${place}: ${message}`;
}
