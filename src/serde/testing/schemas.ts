/**
 * A record in the versions that the tests of this room need, with the types that codegen would give it.
 */
import { fingerprintOf } from "../../avro/fingerprint.ts";
import { parseSchema } from "../../avro/parse-schema.ts";
import type { TypedSchema } from "../../avro/typed-schema.ts";

export interface Bird {
  readonly id: number;
  readonly name: string;
}

export interface LongBird extends Bird {
  readonly song: string | null;
}

export function typedSchema<Read, Write = Read>(json: unknown): TypedSchema<Read, Write> {
  return {
    name: "test.Bird",
    version: 1,
    fingerprint: fingerprintOf(parseSchema(json)),
    json: JSON.stringify(json),
  };
}

const id = { name: "id", type: "long" };
const name = { name: "name", type: "string" };
const song = { name: "song", type: ["null", "string"], default: null };
const record = (...fields: readonly unknown[]) => ({
  type: "record",
  name: "Bird",
  namespace: "test",
  fields,
});

export const birdV1 = typedSchema<Bird>(record(id, name));
/** Reads what version 1 wrote, and the other way round. */
export const birdV2 = typedSchema<LongBird>(record(id, name, song));
/** Neither reads the other: the id is a text. */
export const otherBird = typedSchema<{ readonly id: string }>(record({ name: "id", type: "string" }));
