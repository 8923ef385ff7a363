/**
 * What can go wrong while a record is turned into text.
 */
import { BirdwireError } from "../kernel/error.ts";

/**
 * - `invalid-schema`: the schema text given to a renderer is not JSON, or not an Avro schema.
 * - `invalid-template`: a template cannot be read, or names a field that the schema has not; `details.text` and
 *   `details.position` say where.
 * - `value-mismatch`: a value is not one that the schema can hold; `details.path` says where.
 */
export type RenderErrorCode = "invalid-schema" | "invalid-template" | "value-mismatch";

export class RenderError extends BirdwireError<RenderErrorCode> {}

/** Throws `value-mismatch`; says the kind of value found, never the value itself. */
export function failMismatch(path: string, expected: string, value: unknown): never {
  const found =
    value === null ? "null" : Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
  throw new RenderError(
    "value-mismatch",
    `cannot show the value at ${path}: expected ${expected}, found ${found}`,
    { details: { path, expected } },
  );
}
