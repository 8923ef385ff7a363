/**
 * Which types and fields of two versions of a schema belong together, whoever reads whom, and where each stands as a
 * JSON pointer into its schema. What diff and warnings walk over.
 */
import {
  type AvroSchema,
  branchName,
  type FullName,
  isNamed,
  type NamedSchema,
  type RecordField,
  type RecordSchema,
} from "../avro/model.ts";
import { childPointer } from "../avro/pointer.ts";
import { canPromote, isSameName } from "./rules.ts";

export interface PlacedType {
  readonly type: AvroSchema;
  readonly path: string;
}

export interface TypePair {
  readonly newer: PlacedType;
  readonly older: PlacedType;
}

export interface FieldPair {
  readonly newer: RecordField;
  readonly newerIndex: number;
  readonly older: RecordField;
  readonly olderIndex: number;
}

/** Pairs of two lists that belong together, and what is left over on each side. */
export interface Matching<Pair, Left> {
  readonly pairs: readonly Pair[];
  readonly added: readonly Left[];
  readonly removed: readonly Left[];
}

/** All pairs of types from the roots down, each pair of named types once. Unions themselves count as pairs. */
export function alignTypes(newer: AvroSchema, older: AvroSchema): readonly TypePair[] {
  const newerPlaces = placeNamedTypes(newer);
  const olderPlaces = placeNamedTypes(older);
  const met = new Map<AvroSchema, Set<AvroSchema>>();
  const found: TypePair[] = [];

  const visit = (pair: TypePair): void => {
    const at: TypePair = { newer: settle(pair.newer, newerPlaces), older: settle(pair.older, olderPlaces) };
    if (isNamed(at.newer.type) && isNamed(at.older.type)) {
      const row = met.get(at.newer.type) ?? new Set();
      if (row.has(at.older.type)) return;
      met.set(at.newer.type, row.add(at.older.type));
    }
    found.push(at);
    for (const child of childrenOf(at)) visit(child);
  };
  visit({ newer: { type: newer, path: "" }, older: { type: older, path: "" } });
  return found;
}

/** A field belongs to that of its name, else to one that an alias of the newer field names, else of the older. */
export function matchFields(
  newer: RecordSchema,
  older: RecordSchema,
): Matching<FieldPair, { readonly field: RecordField; readonly index: number }> {
  const olderIndex = new Map(older.fields.map((field, index) => [field.name, index]));
  const olderAlias = new Map(
    older.fields.flatMap((field, index) => field.aliases.map((alias) => [alias, index])),
  );
  const taken = new Set<number>();
  const partners = new Map<number, number>();
  const names: readonly ((field: RecordField) => readonly (number | undefined)[])[] = [
    (field) => [olderIndex.get(field.name)],
    (field) => field.aliases.map((alias) => olderIndex.get(alias)),
    (field) => [olderAlias.get(field.name)],
  ];
  for (const candidatesOf of names) {
    for (const [index, field] of newer.fields.entries()) {
      if (partners.has(index)) continue;
      const partner = candidatesOf(field).find((each) => each !== undefined && !taken.has(each));
      if (partner === undefined) continue;
      taken.add(partner);
      partners.set(index, partner);
    }
  }
  const pairs: FieldPair[] = [];
  const added: { field: RecordField; index: number }[] = [];
  for (const [index, field] of newer.fields.entries()) {
    const partner = partners.get(index);
    const found = partner === undefined ? undefined : older.fields[partner];
    if (partner === undefined || found === undefined) added.push({ field, index });
    else pairs.push({ newer: field, newerIndex: index, older: found, olderIndex: partner });
  }
  const removed = [...older.fields.entries()]
    .filter(([index]) => !taken.has(index))
    .map(([index, field]) => ({ field, index }));
  return { pairs, added, removed };
}

/** Branches of two types of which at least one is a union; the other counts as a union of itself. */
export function matchBranches({ newer, older }: TypePair): Matching<TypePair, PlacedType> {
  const left = branchesOf(newer);
  const right = branchesOf(older);
  const partners = new Map<PlacedType, PlacedType>();
  const taken = new Set<PlacedType>();
  for (const belongs of likenesses) {
    for (const branch of left) {
      if (partners.has(branch)) continue;
      const partner = right.find((each) => !taken.has(each) && belongs(branch.type, each.type));
      if (partner === undefined) continue;
      taken.add(partner);
      partners.set(branch, partner);
    }
  }
  return {
    pairs: left.flatMap((branch) => {
      const partner = partners.get(branch);
      return partner === undefined ? [] : [{ newer: branch, older: partner }];
    }),
    added: left.filter((branch) => !partners.has(branch)),
    removed: right.filter((branch) => !taken.has(branch)),
  };
}

/** What makes two branches one, the surest first. */
const likenesses: readonly ((newer: AvroSchema, older: AvroSchema) => boolean)[] = [
  (newer, older) => branchName(newer) === branchName(older) && newer.kind === older.kind,
  (newer, older) => isNamed(newer) && isNamed(older) && newer.kind === older.kind && isRenamed(newer, older),
  (newer, older) => canPromote(newer, older) || canPromote(older, newer),
];

function isRenamed(newer: NamedSchema, older: NamedSchema): boolean {
  const names = (type: NamedSchema): readonly FullName[] => type.aliases;
  return (
    isSameName(newer.fullName, names(newer), older.fullName) ||
    isSameName(older.fullName, names(older), newer.fullName)
  );
}

function branchesOf({ type, path }: PlacedType): readonly PlacedType[] {
  if (type.kind !== "union") return [{ type, path }];
  return type.branches.map((branch, index) => ({ type: branch, path: childPointer(path, index) }));
}

function childrenOf(pair: TypePair): readonly TypePair[] {
  const { newer, older } = pair;
  if (newer.type.kind === "union" || older.type.kind === "union") return matchBranches(pair).pairs;
  if (newer.type.kind === "array" && older.type.kind === "array") {
    return [
      {
        newer: { type: newer.type.items, path: `${newer.path}/items` },
        older: { type: older.type.items, path: `${older.path}/items` },
      },
    ];
  }
  if (newer.type.kind === "map" && older.type.kind === "map") {
    return [
      {
        newer: { type: newer.type.values, path: `${newer.path}/values` },
        older: { type: older.type.values, path: `${older.path}/values` },
      },
    ];
  }
  if (newer.type.kind !== "record" || older.type.kind !== "record") return [];
  return matchFields(newer.type, older.type).pairs.map((fields) => ({
    newer: { type: fields.newer.type, path: `${fieldPath(newer.path, fields.newerIndex)}/type` },
    older: { type: fields.older.type, path: `${fieldPath(older.path, fields.olderIndex)}/type` },
  }));
}

/** Where the field of that index stands, given its record's place. */
export function fieldPath(record: string, index: number): string {
  return `${record}/fields/${index}`;
}

/** Where each named type is defined: a place that a mere name stands at has nothing to point into. */
export function placeNamedTypes(root: AvroSchema): ReadonlyMap<NamedSchema, string> {
  const places = new Map<NamedSchema, string>();
  const visit = (type: AvroSchema, path: string): void => {
    if (isNamed(type)) {
      if (places.has(type)) return;
      places.set(type, path);
    }
    if (type.kind === "array") visit(type.items, `${path}/items`);
    else if (type.kind === "map") visit(type.values, `${path}/values`);
    else if (type.kind === "union") {
      for (const [index, branch] of type.branches.entries()) visit(branch, childPointer(path, index));
    } else if (type.kind === "record") {
      for (const [index, field] of type.fields.entries()) visit(field.type, `${fieldPath(path, index)}/type`);
    }
  };
  visit(root, "");
  return places;
}

function settle(placed: PlacedType, places: ReadonlyMap<NamedSchema, string>): PlacedType {
  if (!isNamed(placed.type)) return placed;
  return { type: placed.type, path: places.get(placed.type) ?? placed.path };
}
