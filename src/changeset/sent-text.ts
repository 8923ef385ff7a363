/**
 * A version's text as a registry is sent it.
 */
import { toSchemaText } from "../avro/canonical.ts";
import type { AvroSchema } from "../avro/model.ts";

/** Without layout. Types of other records stay names: the references bring them. */
export function sentText({
  schema,
  text,
  references,
}: {
  readonly schema: AvroSchema;
  readonly text: string;
  readonly references: readonly unknown[];
}): string {
  return references.length === 0
    ? toSchemaText(schema)
    : JSON.stringify(JSON.parse(text.replace(/^\ufeff/, "")));
}
