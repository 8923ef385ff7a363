/**
 * Whether values of one type can be read as another, and as which branch of a union: what the codec's resolvers decide
 * when they are made (Avro specification, "Schema Resolution"; names are compared as registries do).
 */
import {
  type AvroSchema,
  branchName,
  isNamed,
  type NamedSchema,
  type RecordField,
  type RecordSchema,
} from "../model.ts";
import { isOptionalField } from "../value-check.ts";
import type { ValueMapping } from "../value-mapping.ts";

const promotions: Readonly<Partial<Record<AvroSchema["kind"], readonly AvroSchema["kind"][]>>> = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["bytes"],
  bytes: ["string"],
};

/** Pairs that are looked at or can be read, the writer's types by the reader's: in the order in which they were met. */
class Met {
  readonly #writers = new Map<RecordSchema, Set<RecordSchema>>();
  readonly #pairs: (readonly [reader: RecordSchema, writer: RecordSchema])[] = [];

  /** What `check` says of a pair that was not met yet. */
  once(reader: RecordSchema, writer: RecordSchema, check: () => boolean): boolean {
    const writers = this.#writers.get(reader) ?? new Set();
    // While a recursive type is looked at it counts as one that can be read.
    if (writers.has(writer)) return true;
    this.#writers.set(reader, writers.add(writer));
    const before = this.#pairs.push([reader, writer]) - 1;
    if (check()) return true;
    // What was met in between may have been found readable only because this one was taken for it.
    for (const [readerOf, writerOf] of this.#pairs.splice(before))
      this.#writers.get(readerOf)?.delete(writerOf);
    return false;
  }
}

export function resolves(
  reader: AvroSchema,
  writer: AvroSchema,
  mapping: ValueMapping,
  met: Met = new Met(),
): boolean {
  if (writer.kind === "union") {
    return writer.branches.every((branch) => resolves(reader, branch, mapping, met));
  }
  if (reader.kind === "union") return pickBranch(reader.branches, writer, mapping, met) !== null;
  if (reader.kind === "array" && writer.kind === "array") {
    return resolves(reader.items, writer.items, mapping, met);
  }
  if (reader.kind === "map" && writer.kind === "map") {
    return resolves(reader.values, writer.values, mapping, met);
  }
  if (isNamed(reader) && isNamed(writer)) return resolvesNamed(reader, writer, mapping, met);
  return reader.kind === writer.kind || (promotions[writer.kind]?.includes(reader.kind) ?? false);
}

/** The branch of the writer's own name before any other that would do. */
export function pickBranch(
  branches: readonly AvroSchema[],
  writer: AvroSchema,
  mapping: ValueMapping,
  met: Met = new Met(),
): AvroSchema | null {
  const name = branchName(writer);
  const same = branches.filter((branch) => branchName(branch) === name);
  const others = branches.filter((branch) => branchName(branch) !== name);
  return [...same, ...others].find((branch) => resolves(branch, writer, mapping, met)) ?? null;
}

/** Places of fields by name; a record of thousands is gone over once. */
const placesOf = new WeakMap<RecordSchema, ReadonlyMap<string, number>>();

/** The writer's field that a reader's is read from: of its name before that of an alias; -1 when there is none. */
export function findWritten(field: RecordField, writer: RecordSchema): number {
  const places =
    placesOf.get(writer) ?? new Map(writer.fields.map((written, index) => [written.name, index]));
  placesOf.set(writer, places);
  for (const name of [field.name, ...field.aliases]) {
    const place = places.get(name);
    if (place !== undefined) return place;
  }
  return -1;
}

function resolvesNamed(reader: NamedSchema, writer: NamedSchema, mapping: ValueMapping, met: Met): boolean {
  const { fullName } = writer;
  const isSameName =
    reader.fullName.name === fullName.name ||
    reader.aliases.some(({ name, namespace }) => name === fullName.name && namespace === fullName.namespace);
  if (!isSameName) return false;
  if (reader.kind === "fixed" && writer.kind === "fixed") return reader.size === writer.size;
  if (reader.kind === "enum" && writer.kind === "enum") {
    return reader.default !== undefined || writer.symbols.every((symbol) => reader.symbols.includes(symbol));
  }
  if (reader.kind !== "record" || writer.kind !== "record") return false;
  return met.once(reader, writer, () =>
    reader.fields.every((field) => {
      const written = writer.fields[findWritten(field, writer)];
      return written === undefined
        ? isOptionalField(field, mapping)
        : resolves(field.type, written.type, mapping, met);
    }),
  );
}
