/**
 * Which pairs of types are compared below a pair, and under which steps of the two paths.
 */
import type { AvroSchema } from "../avro/model.ts";
import { findWriterField } from "./rules.ts";

export interface ChildPair {
  readonly reader: AvroSchema;
  readonly writer: AvroSchema;
  readonly readerStep: readonly string[];
  readonly writerStep: readonly string[];
}

export function childPairs(reader: AvroSchema, writer: AvroSchema): readonly ChildPair[] {
  if (writer.kind === "union") {
    return writer.branches.map((branch, index) => {
      const step = [String(index)];
      return { reader, writer: branch, readerStep: step, writerStep: step };
    });
  }
  if (reader.kind === "array" && writer.kind === "array") return both(reader.items, writer.items, ["items"]);
  if (reader.kind === "map" && writer.kind === "map") return both(reader.values, writer.values, ["values"]);
  if (reader.kind === "record" && writer.kind === "record") {
    return reader.fields.flatMap((field, index) => {
      const written = findWriterField(writer, field, index);
      if (written === null) return [];
      return {
        reader: field.type,
        writer: written.field.type,
        readerStep: ["fields", String(index), "type"],
        writerStep: ["fields", String(written.index), "type"],
      };
    });
  }
  return [];
}

function both(reader: AvroSchema, writer: AvroSchema, step: readonly string[]): readonly ChildPair[] {
  return [{ reader, writer, readerStep: step, writerStep: step }];
}
