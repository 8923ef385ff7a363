/**
 * Kafka's own definitions of its messages, read from the jar of its clients (`common/message/*.json`), and both
 * those and the emulator's brought into one form in which they can be compared.
 */
import type { Field, Fields } from "../../src/emulators/kafka/protocol/field.ts";
import type { JarFile } from "./jar-file.ts";

interface DefinedField {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number;
  readonly default?: unknown;
  readonly fields?: readonly DefinedField[];
}

export interface MessageDefinition {
  readonly apiKey: number;
  readonly type: string;
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly latestVersionUnstable?: boolean;
  readonly fields: readonly DefinedField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly DefinedField[] }[];
}

export type VersionRange = readonly [min: number, max: number];

/** A field as one version has it on the wire. */
export interface WireField {
  /** Of the enclosing structs too, joined by dots. */
  readonly name: string;
  /** Depth, type, whether it may be null, tag, and the default where a reader can come to need it. */
  readonly form: string;
}

/** Requests and responses by API key. */
export function readDefinitions(jar: JarFile): ReadonlyMap<string, MessageDefinition> {
  const definitions = new Map<string, MessageDefinition>();
  for (const name of jar.names) {
    if (!/^common\/message\/\w+(Request|Response)\.json$/.test(name)) continue;
    const text = jar
      .read(name)
      .toString()
      .replaceAll(/^\s*\/\/.*$/gm, "");
    const definition = JSON.parse(text) as MessageDefinition;
    definitions.set(`${definition.type} ${definition.apiKey}`, definition);
  }
  return definitions;
}

/** "3", "3+" and "3-5"; null for "none" and nothing. */
export function parseVersions(text: string | undefined): VersionRange | null {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text ?? "none");
  if (match === null) return null;
  const min = Number(match[1]);
  return [min, match[2] === "+" ? Number.POSITIVE_INFINITY : Number(match[3] ?? min)];
}

const holds = (range: VersionRange | null, version: number) =>
  range !== null && version >= range[0] && version <= range[1];

/** What of `inner` lies in `outer`. */
const overlap = (outer: VersionRange, inner: VersionRange): VersionRange => [
  Math.max(outer[0], inner[0]),
  Math.min(outer[1], inner[1]),
];

interface FormParts {
  readonly depth: number;
  readonly type: string;
  readonly nullable: boolean;
  readonly tag: number | undefined;
  readonly fallback: unknown;
  /** Versions that could carry the field, and those that do. */
  readonly parent: VersionRange;
  readonly own: VersionRange;
}

function formOf({ depth, type, nullable, tag, fallback, parent, own }: FormParts): string {
  const isAlwaysThere = tag === undefined && own[0] <= parent[0] && own[1] >= parent[1];
  return [
    `${"  ".repeat(depth)}${type}`,
    ...(nullable ? ["or null"] : []),
    ...(tag === undefined ? [] : [`tag ${tag}`]),
    ...(isAlwaysThere ? [] : [`else ${JSON.stringify(fallback)}`]),
  ].join(" ");
}

const zeros: Readonly<Record<string, unknown>> = {
  bool: false,
  string: "",
  bytes: "",
  uuid: "0".repeat(32),
  records: null,
  array: [],
  struct: "that of its fields",
};

/** Fields of Kafka's definition that `version` carries, tagged ones last, as they stand on the wire. */
export function definedFields(
  definition: MessageDefinition,
  version: number,
  served: VersionRange,
): WireField[] {
  const structs = new Map((definition.commonStructs ?? []).map(({ name, fields }) => [name, fields]));
  const walk = (fields: readonly DefinedField[], parent: VersionRange, depth: number, path: string) => {
    const untagged: WireField[] = [];
    const tagged: { tag: number; lines: WireField[] }[] = [];
    for (const field of fields) {
      const range = parseVersions(field.versions);
      if (!holds(range, version) || range === null) continue;
      const own = overlap(parent, range);
      const element = field.type.replace(/^\[\]/, "");
      const isArray = element !== field.type;
      const inner = field.fields ?? structs.get(element);
      const kind = inner === undefined ? element : "struct";
      const tag = holds(parseVersions(field.taggedVersions), version) ? field.tag : undefined;
      const name = `${path}${field.name.charAt(0).toLowerCase()}${field.name.slice(1)}`;
      const form = formOf({
        depth,
        type: isArray ? `[]${kind}` : kind,
        nullable: holds(parseVersions(field.nullableVersions), version),
        tag,
        fallback: defaultOf(field.default, isArray ? "array" : kind),
        parent,
        own,
      });
      const lines = [{ name, form }, ...walk(inner ?? [], own, depth + 1, `${name}.`)];
      if (tag === undefined) untagged.push(...lines);
      else tagged.push({ tag, lines });
    }
    tagged.sort((a, b) => a.tag - b.tag);
    return [...untagged, ...tagged.flatMap(({ lines }) => lines)];
  };
  return walk(definition.fields, served, 0, "");
}

function defaultOf(text: unknown, kind: string): unknown {
  if (text === "null") return null;
  if (text === undefined) return zeros[kind] ?? 0;
  if (kind === "bool") return String(text) === "true";
  return kind === "string" ? text : Number(text);
}

/** The same of the emulator's description. */
export function describedFields(fields: Fields, version: number, served: VersionRange): WireField[] {
  const walk = (described: Fields, parent: VersionRange, depth: number, path: string) => {
    const untagged: WireField[] = [];
    const tagged: { tag: number; lines: WireField[] }[] = [];
    for (const [ownName, field] of Object.entries(described)) {
      if (version < field.since || version > field.until) continue;
      const own = overlap(parent, [field.since, field.until]);
      const { tag } = field;
      const name = `${path}${ownName}`;
      const inner = field.fields ?? field.element?.fields ?? {};
      const form = formOf({
        depth,
        type: field.type === "array" ? `[]${field.element?.type}` : field.type,
        nullable: version >= field.nullableSince,
        tag,
        fallback: defaultShown(field),
        parent,
        own,
      });
      const lines = [{ name, form }, ...walk(inner, own, depth + 1, `${name}.`)];
      if (tag === undefined) untagged.push(...lines);
      else tagged.push({ tag, lines });
    }
    tagged.sort((a, b) => a.tag - b.tag);
    return [...untagged, ...tagged.flatMap(({ lines }) => lines)];
  };
  return walk(fields, served, 0, "");
}

function defaultShown({ type, default: value }: Field<unknown>): unknown {
  if (type === "struct") return zeros.struct;
  return type === "bytes" && Buffer.isBuffer(value) ? value.toString() : value;
}
