/**
 * What a reader drops without a word: fields of the writer that none of its own takes (Avro specification, "Schema
 * Resolution").
 */
import type { AvroSchema, RecordSchema } from "../avro/model.ts";

/** As `author.name`, in the writer's order; each pair of records is looked into once. */
export function listLeftOut({
  reader,
  writer,
}: {
  readonly reader: AvroSchema;
  readonly writer: AvroSchema;
}): readonly string[] {
  const found: string[] = [];
  const seen = new Map<AvroSchema, Set<AvroSchema>>();
  const visit = (written: AvroSchema, read: AvroSchema, path: readonly string[]): void => {
    for (const one of recordsOf(written)) {
      const candidates = recordsOf(read);
      const other = candidates.find(({ fullName }) => fullName.name === one.fullName.name) ?? candidates[0];
      if (other === undefined || seen.get(one)?.has(other) === true) continue;
      seen.set(one, (seen.get(one) ?? new Set()).add(other));
      for (const field of one.fields) {
        const taker = other.fields.find(
          ({ name, aliases }) => name === field.name || aliases.includes(field.name),
        );
        if (taker === undefined) found.push([...path, field.name].join("."));
        else visit(field.type, taker.type, [...path, field.name]);
      }
    }
  };
  visit(writer, reader, []);
  return found;
}

/** The records that a value of the type may be or hold, down to the first one. */
function recordsOf(schema: AvroSchema): readonly RecordSchema[] {
  switch (schema.kind) {
    case "record":
      return [schema];
    case "array":
      return recordsOf(schema.items);
    case "map":
      return recordsOf(schema.values);
    case "union":
      return schema.branches.flatMap(recordsOf);
    default:
      return [];
  }
}
