/**
 * Short ways to a codec, a resolver, a schema, an error.
 */
import { createCodec, createResolver } from "../codec.ts";
import { AvroError } from "../error.ts";
import { parseSchema } from "../parse-schema.ts";
import { arbitrarySchemaJson, arbitraryValue } from "./arbitrary-schema.ts";

export function codecOf(json: unknown): ReturnType<typeof createCodec> {
  return createCodec(JSON.stringify(json));
}

export function resolverOf(writer: unknown, reader: unknown): ReturnType<typeof createResolver> {
  return createResolver(JSON.stringify(writer), JSON.stringify(reader));
}

export function record(fields: Record<string, unknown>, more: object = {}): object {
  return {
    type: "record",
    name: "R",
    namespace: "n",
    fields: Object.entries(fields).map(([name, field]) => ({
      name,
      ...(typeof field === "object" && field !== null && "of" in field
        ? { ...field, type: field.of, of: undefined }
        : { type: field }),
    })),
    ...more,
  };
}

export function thrownBy(action: () => unknown): AvroError {
  try {
    action();
  } catch (cause) {
    if (cause instanceof AvroError) return cause;
    throw cause;
  }
  throw new Error("nothing was thrown");
}

/** A schema and one of its values. */
export const schemaAndValue = arbitrarySchemaJson().chain((json) =>
  arbitraryValue(parseSchema(json)).map((value) => ({ json, value })),
);
