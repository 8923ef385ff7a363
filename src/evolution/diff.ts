/**
 * What changed between two versions of a schema, said in the terms of those who change it. Nothing is reported exactly
 * when both have the same text in a registry (`toSchemaText`).
 */
import {
  type AvroSchema,
  branchName,
  type EnumSchema,
  fullNameText,
  isNamed,
  type JsonValue,
  type NamedSchema,
  type RecordField,
  type RecordSchema,
} from "../avro/model.ts";
import { alignTypes, fieldPath, matchBranches, matchFields, type TypePair } from "./alignment.ts";
import { canPromote } from "./rules.ts";

export const changeKinds = [
  "added",
  "removed",
  "renamed",
  "widened",
  "narrowed",
  "type-changed",
  "default-changed",
  "doc",
  "reordered",
  "alias-changed",
  "symbol-added",
  "symbol-removed",
  "logical-type-changed",
  /** Sort order, `record` or `error`, and attributes that Avro does not know. */
  "attribute-changed",
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface Change {
  readonly kind: ChangeKind;
  /** JSON pointer into the newer schema; for what was removed, to what held it. */
  readonly path: string;
  /** JSON pointer into the older schema; null for what was added. */
  readonly olderPath: string | null;
  readonly message: string;
}

/** Every change on the way from `older` to `newer`, a type's own changes before those of what it holds. */
export function diffSchemas(older: AvroSchema, newer: AvroSchema): readonly Change[] {
  return alignTypes(newer, older).flatMap(changesOf);
}

function changesOf(pair: TypePair): readonly Change[] {
  const now = pair.newer.type;
  const before = pair.older.type;
  const change = changeAt(pair.newer.path, pair.older.path);
  if (now.kind === "union" || before.kind === "union") return unionChanges(pair);
  const changes: Change[] = [];
  if (now.kind !== before.kind) {
    changes.push(change(promotionKind(now, before), `${nameType(before)} became ${nameType(now)}`));
  }
  if (isNamed(now) && isNamed(before) && now.kind === before.kind)
    changes.push(...headChanges(now, before, pair));
  if (now.kind === "fixed" && before.kind === "fixed" && now.size !== before.size) {
    changes.push(change("type-changed", `the size was ${before.size} bytes and is ${now.size}`));
  }
  if (now.kind === "enum" && before.kind === "enum") changes.push(...enumChanges(now, before, pair));
  changes.push(...annotationChanges(now, before, pair));
  if (now.kind === "record" && before.kind === "record") changes.push(...recordChanges(now, before, pair));
  return changes;
}

function promotionKind(now: AvroSchema, before: AvroSchema): ChangeKind {
  const widens = canPromote(now, before);
  const narrows = canPromote(before, now);
  if (widens === narrows) return "type-changed";
  return widens ? "widened" : "narrowed";
}

function unionChanges(pair: TypePair): readonly Change[] {
  const { newer, older } = pair;
  const change = changeAt(newer.path, older.path);
  const { pairs, added, removed } = matchBranches(pair);
  const changes: Change[] = [];
  for (const branch of added) {
    changes.push({
      kind: "widened",
      path: branch.path,
      olderPath: older.path,
      message: `${nameType(branch.type)} may stand here too`,
    });
  }
  for (const branch of removed) {
    changes.push({
      kind: "narrowed",
      path: newer.path,
      olderPath: branch.path,
      message: `${nameType(branch.type)} may no longer stand here`,
    });
  }
  const places = pairs.map((each) => indexIn(older.type, each.older.type));
  if (isOutOfOrder(places)) changes.push(change("reordered", "the union's branches have another order"));
  if (newer.type.kind !== older.type.kind && added.length === 0 && removed.length === 0) {
    const became = newer.type.kind === "union" ? "a union of one branch" : "the type without the union";
    changes.push(change("type-changed", `it became ${became}`));
  }
  return changes;
}

function indexIn(union: AvroSchema, branch: AvroSchema): number {
  return union.kind === "union" ? union.branches.indexOf(branch) : 0;
}

function headChanges(now: NamedSchema, before: NamedSchema, { newer, older }: TypePair): readonly Change[] {
  const change = changeAt(newer.path, older.path);
  const changes: Change[] = [];
  const [name, oldName] = [fullNameText(now.fullName), fullNameText(before.fullName)];
  if (name !== oldName) {
    const known = now.aliases.some((alias) => fullNameText(alias) === oldName);
    changes.push(
      change(
        "renamed",
        `the ${now.kind} "${oldName}" is now "${name}", ${known ? "and keeps the old name as an alias" : "without the old name as an alias"}`,
      ),
    );
  }
  changes.push(...aliasChanges(now.aliases.map(fullNameText), before.aliases.map(fullNameText), change));
  changes.push(...docChanges(now.doc, before.doc, change));
  return changes;
}

function enumChanges(now: EnumSchema, before: EnumSchema, { newer, older }: TypePair): readonly Change[] {
  const changes: Change[] = [];
  const olderIndex = new Map(before.symbols.map((symbol, index) => [symbol, index]));
  const newerSymbols = new Set(now.symbols);
  for (const [index, symbol] of now.symbols.entries()) {
    if (olderIndex.has(symbol)) continue;
    const path = `${newer.path}/symbols/${index}`;
    changes.push({ kind: "symbol-added", path, olderPath: null, message: `the symbol ${symbol} was added` });
  }
  for (const [index, symbol] of before.symbols.entries()) {
    if (newerSymbols.has(symbol)) continue;
    changes.push({
      kind: "symbol-removed",
      path: `${newer.path}/symbols`,
      olderPath: `${older.path}/symbols/${index}`,
      message: `the symbol ${symbol} was removed`,
    });
  }
  const change = changeAt(newer.path, older.path);
  if (isOutOfOrder(now.symbols.map((symbol) => olderIndex.get(symbol)))) {
    changes.push(change("reordered", "the symbols have another order"));
  }
  changes.push(...defaultChanges(now.default, before.default, change));
  return changes;
}

function recordChanges(
  now: RecordSchema,
  before: RecordSchema,
  { newer, older }: TypePair,
): readonly Change[] {
  const changes: Change[] = [];
  const change = changeAt(newer.path, older.path);
  if (now.isError !== before.isError) {
    const word = (record: RecordSchema) => (record.isError ? "an error" : "a record");
    changes.push(change("attribute-changed", `it was declared as ${word(before)} and is ${word(now)}`));
  }
  const { pairs, added, removed } = matchFields(now, before);
  for (const { field, index } of added) {
    const how = field.default === undefined ? "without a default" : `with the default ${show(field.default)}`;
    changes.push({
      kind: "added",
      path: fieldPath(newer.path, index),
      olderPath: null,
      message: `the field "${field.name}" was added, ${nameType(field.type)}, ${how}`,
    });
  }
  for (const { field, index } of removed) {
    changes.push({
      kind: "removed",
      path: newer.path,
      olderPath: fieldPath(older.path, index),
      message: `the field "${field.name}" was removed, ${nameType(field.type)}`,
    });
  }
  if (isOutOfOrder(pairs.map((fields) => fields.olderIndex))) {
    changes.push(change("reordered", "the fields have another order"));
  }
  for (const fields of pairs) {
    const at = changeAt(fieldPath(newer.path, fields.newerIndex), fieldPath(older.path, fields.olderIndex));
    changes.push(...fieldChanges(fields.newer, fields.older, at));
  }
  return changes;
}

function fieldChanges(now: RecordField, before: RecordField, change: MakeChange): readonly Change[] {
  const changes: Change[] = [];
  if (now.name !== before.name) {
    const how = now.aliases.includes(before.name)
      ? "and keeps the old name as an alias"
      : "as an alias of the older schema says";
    changes.push(change("renamed", `the field "${before.name}" is now "${now.name}", ${how}`));
  }
  changes.push(...aliasChanges(now.aliases, before.aliases, change));
  changes.push(...docChanges(now.doc, before.doc, change));
  changes.push(...defaultChanges(now.default, before.default, change));
  const [order, oldOrder] = [now.order ?? "ascending", before.order ?? "ascending"];
  if (order !== oldOrder) {
    changes.push(change("attribute-changed", `the sort order was ${oldOrder} and is ${order}`));
  }
  changes.push(...attributeChanges(now.props, before.props, [], change));
  return changes;
}

type MakeChange = (kind: ChangeKind, message: string) => Change;

function changeAt(path: string, olderPath: string): MakeChange {
  return (kind, message) => ({ kind, path, olderPath, message });
}

function docChanges(
  now: string | undefined,
  before: string | undefined,
  change: MakeChange,
): readonly Change[] {
  if (now === before) return [];
  const what = before === undefined ? "was added" : now === undefined ? "was removed" : "was rewritten";
  return [change("doc", `the doc ${what}`)];
}

function aliasChanges(
  now: readonly string[],
  before: readonly string[],
  change: MakeChange,
): readonly Change[] {
  if (now.join() === before.join()) return [];
  const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
  return [change("alias-changed", `the aliases were ${list(before)} and are ${list(now)}`)];
}

function defaultChanges(
  now: JsonValue | undefined,
  before: JsonValue | undefined,
  change: MakeChange,
): readonly Change[] {
  if (show(now) === show(before)) return [];
  const text =
    before === undefined
      ? `the default ${show(now)} was added`
      : now === undefined
        ? `the default ${show(before)} was removed`
        : `the default was ${show(before)} and is ${show(now)}`;
  return [change("default-changed", text)];
}

/** Decimals have digits of their own, which belong to the logical type. */
const logicalAttributes = ["logicalType", "precision", "scale"];

function annotationChanges(
  now: AvroSchema,
  before: AvroSchema,
  { newer, older }: TypePair,
): readonly Change[] {
  const change = changeAt(newer.path, older.path);
  const changes: Change[] = [];
  const describe = (type: AvroSchema) => {
    const given = logicalAttributes.filter((name) => Object.hasOwn(type.props, name));
    return given.map((name) =>
      name === "logicalType" ? show(type.props[name]) : `${name} ${show(type.props[name])}`,
    );
  };
  const [is, was] = [describe(now), describe(before)];
  if (is.join() !== was.join()) {
    const list = (parts: readonly string[]) => (parts.length === 0 ? "none" : parts.join(", "));
    changes.push(change("logical-type-changed", `the logical type was ${list(was)} and is ${list(is)}`));
  }
  changes.push(...attributeChanges(now.props, before.props, logicalAttributes, change));
  return changes;
}

function attributeChanges(
  now: RecordField["props"],
  before: RecordField["props"],
  except: readonly string[],
  change: MakeChange,
): readonly Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changes: Change[] = [];
  for (const name of names) {
    if (except.includes(name)) continue;
    const value = (props: RecordField["props"]) => (Object.hasOwn(props, name) ? show(props[name]) : "none");
    const [is, was] = [value(now), value(before)];
    if (is === was) continue;
    changes.push(
      change("attribute-changed", `the attribute ${JSON.stringify(name)} was ${was} and is ${is}`),
    );
  }
  const order = (props: RecordField["props"]) => Object.keys(props).join("\n");
  if (changes.length === 0 && names.size > 0 && order(now) !== order(before)) {
    if ([...names].every((name) => Object.hasOwn(now, name) === Object.hasOwn(before, name))) {
      changes.push(change("attribute-changed", "the attributes have another order"));
    }
  }
  return changes;
}

/** True when those that are there do not rise. */
function isOutOfOrder(places: readonly (number | undefined)[]): boolean {
  let highest = -1;
  for (const place of places) {
    if (place === undefined) continue;
    if (place < highest) return true;
    highest = place;
  }
  return false;
}

function nameType(type: AvroSchema): string {
  if (isNamed(type)) return `${type.kind} "${fullNameText(type.fullName)}"`;
  if (type.kind === "array") return `array of ${branchName(type.items)}`;
  if (type.kind === "map") return `map of ${branchName(type.values)}`;
  if (type.kind === "union") return `union of ${type.branches.map(branchName).join(", ")}`;
  return type.kind;
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
