/**
 * What a registry lets through at every level and people regret later: changes of meaning, names that avsc cannot
 * resolve, values lost in silence, defaults that keep a program from loading the schema, registrations without effect.
 */
import { type AvroSchema, fullNameText, isNamed } from "../avro/model.ts";
import { findNamespaceFault } from "../avro/plain-avsc.ts";
import { alignTypes, fieldPath, type TypePair } from "./alignment.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import type { Direction } from "./levels.ts";
import { decimalOf, describeLogicalChange, effectiveLogicalType } from "./logical-type.ts";
import { findLostRenames } from "./lost-rename.ts";
import { findRefusedDefaults } from "./refused-default.ts";

export const warningKinds = [
  "logical-type-changed",
  "decimal-changed",
  "namespace-unresolvable",
  "rename-loses-data",
  "default-refused",
  "no-op-registration",
] as const;
export type WarningKind = (typeof warningKinds)[number];

export interface Warning {
  readonly kind: WarningKind;
  /** JSON pointer into the newer schema (RFC 6901), "" for the root. */
  readonly path: string;
  /** JSON pointer into the older schema; null when the warning is about one schema alone. */
  readonly olderPath: string | null;
  /** What would go wrong and what to do, without the paths. */
  readonly message: string;
}

export interface SchemaVersions {
  readonly newer: AvroSchema;
  readonly older: AvroSchema;
  /** Who will read whom, by the subject's level; both ways when it is not given. */
  readonly directions?: readonly Direction[];
}

const bothWays: readonly Direction[] = ["proposed-reads-earlier", "earlier-reads-proposed"];

/** What no level objects to between two versions, in the order of the newer schema within each kind. */
export function checkUnseen({ newer, older, directions = bothWays }: SchemaVersions): readonly Warning[] {
  const pairs = alignTypes(newer, older);
  return [
    ...pairs.flatMap(logicalTypeChanged),
    ...pairs.flatMap(decimalChanged),
    ...namespaceUnresolvable({ newer, older, directions }, pairs),
    ...(directions.includes("proposed-reads-earlier") ? pairs.flatMap(renameLosesData) : []),
  ];
}

/** Defaults of one schema that avsc refuses, though a registry takes them. */
export function checkDefaults(schema: AvroSchema): readonly Warning[] {
  return findRefusedDefaults(schema).map(({ record, field, value, path, reason }) => ({
    kind: "default-refused",
    path,
    olderPath: null,
    message: `avsc refuses the default ${shorten(JSON.stringify(value))} of the field "${field.name}" of "${fullNameText(record.fullName)}", and with it the whole schema (${shorten(reason)}); give a default of ${field.type.kind === "union" ? "the union's first branch, or put its branch first" : "the field's own type"}`,
  }));
}

/** Equal contents stand for schemas that differ in nothing that a registry keeps. */
export interface VersionContent {
  readonly version: number;
  readonly content: string;
}

/**
 * A registry answers with the old id, makes no version and leaves "latest" as it is when a schema equals an earlier
 * version that is not the latest. Null when it is new or is the latest itself; `versions` are the live ones.
 */
export function findNoOp(
  { content }: Pick<VersionContent, "content">,
  versions: readonly VersionContent[],
): Warning | null {
  const newestFirst = versions.toSorted((a, b) => b.version - a.version);
  const [latest] = newestFirst;
  const same = newestFirst.find((each) => each.content === content);
  if (latest === undefined || same === undefined || same === latest) return null;
  return {
    kind: "no-op-registration",
    path: "",
    olderPath: "",
    message: `the schema is version ${same.version} again: registering it makes no new version, and version ${latest.version} stays the latest; change something, a doc will do, if it is to be the latest`,
  };
}

function logicalTypeChanged({ newer, older }: TypePair): readonly Warning[] {
  if (newer.type.kind === "union" || older.type.kind === "union") return [];
  const now = effectiveLogicalType(newer.type);
  const before = effectiveLogicalType(older.type);
  // Another base is a matter of the rules, unless it is one that Avro promotes.
  if (now === before || (now === null && newer.type.kind !== older.type.kind)) return [];
  return [
    {
      kind: "logical-type-changed",
      path: newer.path,
      olderPath: older.path,
      message: `the logical type was ${before ?? "none"} and is ${now ?? "none"}: ${describeLogicalChange(before, now)}, and no level objects; keep the logical type, or add a new field for the other`,
    },
  ];
}

function decimalChanged({ newer, older }: TypePair): readonly Warning[] {
  const now = decimalOf(newer.type);
  const before = decimalOf(older.type);
  if (now === null || before === null) return [];
  if (now.precision === before.precision && now.scale === before.scale) return [];
  const show = ({ precision, scale }: typeof now) => `decimal(${precision},${scale})`;
  const wrong =
    now.scale === before.scale
      ? `${now.precision < before.precision ? "older values" : "newer values, for who reads with the older schema,"} may have more digits than the reader takes; keep the precision, or move every reader first`
      : `the same bytes are read with the decimal point off by ${Math.abs(now.scale - before.scale)}; keep the scale, or add a new field for the other`;
  return [
    {
      kind: "decimal-changed",
      path: newer.path,
      olderPath: older.path,
      message: `${show(before)} became ${show(now)}, and no level objects: ${wrong}`,
    },
  ];
}

function namespaceUnresolvable(
  { newer, older, directions = bothWays }: SchemaVersions,
  pairs: readonly TypePair[],
): readonly Warning[] {
  const moved = pairs.filter(
    (pair) =>
      isNamed(pair.newer.type) &&
      isNamed(pair.older.type) &&
      pair.newer.type.fullName.name === pair.older.type.fullName.name &&
      pair.newer.type.fullName.namespace !== pair.older.type.fullName.namespace,
  );
  if (moved.length === 0) return [];
  return directions.flatMap((direction) => {
    const newerReads = direction === "proposed-reads-earlier";
    const [reader, writer] = newerReads ? [newer, older] : [older, newer];
    if (checkCompatibility({ reader, writer }).length > 0) return [];
    const fault = findNamespaceFault(reader, writer);
    if (fault === null) return [];
    return moved.flatMap((pair): Warning[] => {
      const { newer: now, older: before } = pair;
      if (!isNamed(now.type) || !isNamed(before.type)) return [];
      const [reading, written] = newerReads ? [now.type, before.type] : [before.type, now.type];
      if (reading.aliases.some((alias) => fullNameText(alias) === fullNameText(written.fullName))) return [];
      const what = newerReads
        ? `a program that reads with avsc and the newer schema refuses what was written with the older (${shorten(fault)}); keep the namespace, or add "${fullNameText(written.fullName)}" to the newer type's aliases`
        : `a program that reads with avsc and the older schema refuses what is written with the newer (${shorten(fault)}); keep the namespace, or move every such reader first`;
      return [
        {
          kind: "namespace-unresolvable",
          path: now.path,
          olderPath: before.path,
          message: `the ${now.type.kind} was "${fullNameText(before.type.fullName)}" and is "${fullNameText(now.type.fullName)}", which registries take for the same: ${what}`,
        },
      ];
    });
  });
}

function renameLosesData({ newer, older }: TypePair): readonly Warning[] {
  if (newer.type.kind !== "record" || older.type.kind !== "record") return [];
  return findLostRenames(newer.type, older.type).map((rename) => ({
    kind: "rename-loses-data",
    path: fieldPath(newer.path, rename.newer.index),
    olderPath: fieldPath(older.path, rename.older.index),
    message: `the field "${rename.newer.field.name}" looks like "${rename.older.field.name}" renamed: older records would be read with its default and their values lost; add "${rename.older.field.name}" to its aliases if it is the same field`,
  }));
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
