/**
 * What resolution does to the values of one writer for one reader, field by field (Avro specification 1.12, "Schema
 * Resolution"). Told from the two schemas alone, so that it is worked out once for all records of a writer.
 */
import {
  type AvroSchema,
  fullNameText,
  isNamed,
  type JsonValue,
  type NamedSchema,
  type RecordSchema,
} from "../avro/model.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import { findWriterField } from "./rules.ts";

/** Names of fields as the reader has them, `[]` for the items of an array and `{}` for the values of a map. */
export type FieldPath = readonly string[];

export type ResolutionStep =
  /** Only the reader has the field: its default stands there. */
  | { readonly kind: "defaulted"; readonly path: FieldPath; readonly value: JsonValue }
  /** Only the writer has the field: its value is passed over. */
  | { readonly kind: "dropped"; readonly path: FieldPath }
  | { readonly kind: "promoted"; readonly path: FieldPath; readonly from: string; readonly to: string }
  /** The writer calls the field, or its named type, otherwise. */
  | { readonly kind: "alias"; readonly path: FieldPath; readonly written: string }
  /** Symbols of the writer that the reader takes for its enum's default. */
  | {
      readonly kind: "symbols-defaulted";
      readonly path: FieldPath;
      readonly symbols: readonly string[];
      readonly value: string;
    };

/** In the reader's order, and what is dropped after the fields of its record; empty when nothing is done. */
export function explainResolution({
  reader,
  writer,
}: {
  readonly reader: AvroSchema;
  readonly writer: AvroSchema;
}): readonly ResolutionStep[] {
  const steps = new Map<string, ResolutionStep>();
  // A recursive type is told where it stands first.
  const met = new Map<RecordSchema, Set<RecordSchema>>();
  const add = (step: ResolutionStep) => {
    const key = JSON.stringify([step.kind, step.path]);
    // Two branches of a union may do the same.
    if (!steps.has(key)) steps.set(key, step);
  };

  const visit = (read: AvroSchema, written: AvroSchema, path: FieldPath): void => {
    if (written.kind === "union") {
      for (const branch of written.branches) visit(read, branch, path);
    } else if (read.kind === "union") {
      const branch = pickBranch(read.branches, written);
      if (branch !== null) visit(branch, written, path);
    } else if (read.kind !== written.kind) {
      add({ kind: "promoted", path, from: written.kind, to: read.kind });
    } else if (read.kind === "array" && written.kind === "array") {
      visit(read.items, written.items, [...path, "[]"]);
    } else if (read.kind === "map" && written.kind === "map") {
      visit(read.values, written.values, [...path, "{}"]);
    } else if (isNamed(read) && isNamed(written)) {
      visitNamed(read, written, path);
    }
  };

  const visitNamed = (read: NamedSchema, written: NamedSchema, path: FieldPath): void => {
    if (read.fullName.name !== written.fullName.name) {
      add({ kind: "alias", path, written: fullNameText(written.fullName) });
    }
    if (read.kind === "enum" && written.kind === "enum" && read.default !== undefined) {
      const symbols = written.symbols.filter((symbol) => !read.symbols.includes(symbol));
      if (symbols.length > 0) add({ kind: "symbols-defaulted", path, symbols, value: read.default });
    }
    if (read.kind === "record" && written.kind === "record") visitFields(read, written, path);
  };

  const visitFields = (read: RecordSchema, written: RecordSchema, path: FieldPath): void => {
    const row = met.get(read) ?? new Set();
    if (row.has(written)) return;
    met.set(read, row.add(written));
    const taken = new Set<number>();
    for (const [index, field] of read.fields.entries()) {
      const here = [...path, field.name];
      const found = findWriterField(written, field, index);
      if (found === null) {
        add({ kind: "defaulted", path: here, value: field.default ?? null });
        continue;
      }
      taken.add(found.index);
      if (found.field.name !== field.name) add({ kind: "alias", path: here, written: found.field.name });
      visit(field.type, found.field.type, here);
    }
    for (const [index, { name }] of written.fields.entries()) {
      if (!taken.has(index)) add({ kind: "dropped", path: [...path, name] });
    }
  };

  visit(reader, writer, []);
  return [...steps.values()];
}

/** The same type before one that it is promoted to; null when none reads it, which a check finds. */
function pickBranch(branches: readonly AvroSchema[], written: AvroSchema): AvroSchema | null {
  const reads = (branch: AvroSchema) => checkCompatibility({ reader: branch, writer: written }).length === 0;
  const same = branches.filter((branch) => branch.kind === written.kind);
  return same.find(reads) ?? branches.find(reads) ?? null;
}
