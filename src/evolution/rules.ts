/**
 * The rules of schema resolution as data (Avro specification 1.12, "Schema Resolution"; names are compared without
 * their namespace, as Apache Avro does). A rule looks at one pair of types and not below it: descent.ts goes deeper.
 */
import {
  type AvroSchema,
  branchName,
  type FullName,
  fullNameText,
  isNamed,
  type RecordField,
  type RecordSchema,
} from "../avro/model.ts";
import type { Finding, RuleId } from "./finding.ts";

/** What a rule says about a pair: `step` is added to both paths. */
export interface Breach {
  readonly step: readonly string[];
  readonly info: string;
  readonly message: string;
  readonly causes?: readonly Finding[];
}

export interface RuleContext {
  /** Why `reader` cannot read `writer`: for rules that need one of several types to fit. Empty: it can. */
  readonly attempt: (reader: AvroSchema, writer: AvroSchema) => readonly Finding[];
}

export interface Rule {
  readonly id: RuleId;
  readonly purpose: string;
  readonly check: (reader: AvroSchema, writer: AvroSchema, context: RuleContext) => readonly Breach[];
}

const none: readonly Breach[] = [];

export const rules: readonly Rule[] = [
  {
    id: "NAME_MISMATCH",
    purpose:
      "A record, enum or fixed keeps its name, or the reader lists the writer's full name as an alias.",
    check(reader, writer) {
      if (!isNamed(reader) || !isNamed(writer) || reader.kind !== writer.kind) return none;
      if (isSameName(reader.fullName, reader.aliases, writer.fullName)) return none;
      const written = fullNameText(writer.fullName);
      return [
        {
          step: ["name"],
          info: `expected: ${written}`,
          message: `the ${reader.kind} is called "${fullNameText(reader.fullName)}" by the reader and "${written}" by the writer; keep the name, or add "${written}" to the reader's aliases`,
        },
      ];
    },
  },
  {
    id: "FIXED_SIZE_MISMATCH",
    purpose: "A fixed keeps its size.",
    check(reader, writer) {
      if (reader.kind !== "fixed" || writer.kind !== "fixed" || reader.size === writer.size) return none;
      return [
        {
          step: ["size"],
          info: `expected: ${writer.size}, found: ${reader.size}`,
          message: `the reader takes ${reader.size} bytes and the writer wrote ${writer.size}; keep the size, or add a new field of another fixed type`,
        },
      ];
    },
  },
  {
    id: "MISSING_ENUM_SYMBOLS",
    purpose:
      "An enum's reader knows every symbol that may have been written, or has a default for the others.",
    check(reader, writer) {
      if (reader.kind !== "enum" || writer.kind !== "enum" || reader.default !== undefined) return none;
      const known = new Set(reader.symbols);
      const missing = writer.symbols.filter((symbol) => !known.has(symbol)).sort();
      if (missing.length === 0) return none;
      const list = missing.join(", ");
      return [
        {
          step: ["symbols"],
          info: `[${list}]`,
          message: `the writer may have written ${list}, which the reader does not know; keep the symbols, or give the reader's enum a default`,
        },
      ];
    },
  },
  {
    id: "READER_FIELD_MISSING_DEFAULT_VALUE",
    purpose: "A field that only the reader has needs a default.",
    check(reader, writer) {
      if (reader.kind !== "record" || writer.kind !== "record") return none;
      const breaches: Breach[] = [];
      for (const [index, field] of reader.fields.entries()) {
        if (field.default !== undefined || findWriterField(writer, field) !== null) continue;
        breaches.push({
          step: ["fields", String(index)],
          info: field.name,
          message: `the writer has no field "${field.name}", and the reader has no default for it; give it a default, or an alias if it was renamed`,
        });
      }
      return breaches;
    },
  },
  {
    id: "TYPE_MISMATCH",
    purpose: "A type stays what it is, or becomes one that Avro promotes it to.",
    check(reader, writer) {
      if (reader.kind === "union" || writer.kind === "union") return none;
      if (reader.kind === writer.kind || canPromote(reader, writer)) return none;
      return [
        {
          step: [],
          info: `reader type: ${reader.kind.toUpperCase()} not compatible with writer type: ${writer.kind.toUpperCase()}`,
          message: `${withArticle(writer.kind)} was written and the reader takes ${withArticle(reader.kind)}; keep the type, or add a new field with a default`,
        },
      ];
    },
  },
  {
    id: "MISSING_UNION_BRANCH",
    purpose: "A reader's union has a branch for each type that may have been written.",
    check(reader, writer, { attempt }) {
      if (reader.kind !== "union" || writer.kind === "union") return none;
      let causes: readonly Finding[] = [];
      for (const branch of reader.branches) {
        if (!mayRead(branch, writer)) continue;
        const findings = attempt(branch, writer);
        if (findings.length === 0) return none;
        if (isLikely(branch, writer)) causes = findings;
      }
      return [
        {
          step: [],
          info: `reader union lacking writer type: ${writer.kind.toUpperCase()}`,
          message: `no branch of the reader's union can read the writer's ${branchName(writer)}; keep that branch`,
          causes,
        },
      ];
    },
  },
];

/** Writer kinds that each reader kind also accepts. */
const promotions: { readonly [Kind in AvroSchema["kind"]]?: readonly AvroSchema["kind"][] } = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  bytes: ["string"],
  string: ["bytes"],
};

/** True when Avro turns the writer's type into the reader's other one. */
export function canPromote(reader: AvroSchema, writer: AvroSchema): boolean {
  return promotions[reader.kind]?.includes(writer.kind) ?? false;
}

/**
 * The writer's field that fills the reader's: the one of its name, else the first that one of its aliases names. `near`
 * is where it is looked for first: most fields stay where they are.
 */
export function findWriterField(
  writer: RecordSchema,
  field: RecordField,
  near?: number,
): { readonly index: number; readonly field: RecordField } | null {
  const guess = near === undefined ? undefined : writer.fields[near];
  if (near !== undefined && guess?.name === field.name) return { index: near, field: guess };
  for (const name of [field.name, ...field.aliases]) {
    const index = indexOf(writer).get(name);
    const found = index === undefined ? undefined : writer.fields[index];
    if (index !== undefined && found !== undefined) return { index, field: found };
  }
  return null;
}

const indexes = new WeakMap<RecordSchema, ReadonlyMap<string, number>>();

/** Places of a record's fields by name: made once, since a record of thousands is asked for each of them. */
function indexOf(record: RecordSchema): ReadonlyMap<string, number> {
  const known = indexes.get(record);
  if (known !== undefined) return known;
  const index = new Map(record.fields.map((field, place) => [field.name, place]));
  indexes.set(record, index);
  return index;
}

/** True when a reader of that name and those aliases takes a type that was written under the other name. */
export function isSameName(name: FullName, aliases: readonly FullName[], written: FullName): boolean {
  if (name.name === written.name) return true;
  return aliases.some((alias) => alias.name === written.name && alias.namespace === written.namespace);
}

/** False when the types' kinds and names are enough to tell: unions of thousands are compared branch by branch. */
function mayRead(branch: AvroSchema, writer: AvroSchema): boolean {
  if (branch.kind !== writer.kind) return canPromote(branch, writer);
  if (!isNamed(branch) || !isNamed(writer)) return true;
  return isSameName(branch.fullName, branch.aliases, writer.fullName);
}

function isLikely(branch: AvroSchema, writer: AvroSchema): boolean {
  return isNamed(branch) && isNamed(writer)
    ? branch.fullName.name === writer.fullName.name
    : branch.kind === writer.kind;
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}
