/**
 * Renames that nobody declared: a field that only the newer record has, filled from its default, beside a field of the
 * same type that only the older has and whose values are dropped. Resolution takes both for granted.
 */
import { toSchemaText } from "../avro/canonical.ts";
import type { RecordField, RecordSchema } from "../avro/model.ts";
import { matchFields } from "./alignment.ts";
import { findWriterField } from "./rules.ts";

interface PlacedField {
  readonly field: RecordField;
  readonly index: number;
}

export interface LostRename {
  readonly newer: PlacedField;
  readonly older: PlacedField;
}

/** Likely renames, each field in one of them at most, in the order of the newer record. */
export function findLostRenames(newer: RecordSchema, older: RecordSchema): readonly LostRename[] {
  const { added, removed } = matchFields(newer, older);
  // An alias in the older record pairs fields too, but a reader looks at its own aliases only.
  const candidates = added.filter(
    ({ field }) => field.default !== undefined && findWriterField(older, field) === null,
  );
  if (candidates.length === 0 || removed.length === 0) return [];
  const byType = new Map<string, PlacedField[]>();
  for (const each of removed) {
    const key = toSchemaText(each.field.type);
    const list = byType.get(key);
    if (list === undefined) byType.set(key, [each]);
    else list.push(each);
  }
  const found: LostRename[] = [];
  for (const each of candidates) {
    const rivals = byType.get(toSchemaText(each.field.type)) ?? [];
    const position = rivals.findIndex((rival) => rival.index === each.index);
    const similar = rivals.findIndex((rival) => isSimilarName(each.field.name, rival.field.name));
    const chosen = similar === -1 ? position : similar;
    const partner = rivals[chosen];
    if (partner === undefined) continue;
    rivals.splice(chosen, 1);
    found.push({ newer: each, older: partner });
  }
  return found;
}

/** One name holds the other's words, or shares its longest one, whatever the style of writing. */
export function isSimilarName(one: string, other: string): boolean {
  const left = wordsOf(one);
  const right = wordsOf(other);
  if (left.join("") === right.join("")) return true;
  const longer = new Set(left.length >= right.length ? left : right);
  const shorter = left.length >= right.length ? right : left;
  if (shorter.every((word) => longer.has(word))) return true;
  const shared = shorter.filter((word) => longer.has(word));
  return shared.some((word) => word.length >= 4 && word.length * 2 >= Math.min(one.length, other.length));
}

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split("_")
    .filter((word) => word !== "");
}
