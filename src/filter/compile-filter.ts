/**
 * A filter held against the schema of what it filters, once, at the start: fields that are not there and values that
 * can never be compared are refused then. What comes out is closures over constants; nothing of the text is ever run.
 *
 * Two values of truth: null equals null and nothing else, and has no order. So `lang != 'en'` is true without a lang.
 */
import { RE2JS } from "re2js";
import { describeCause } from "../kernel/error.ts";
import { compileField } from "../render/field-path.ts";
import type { RenderedRecord } from "../render/record.ts";
import { parseShape, type Shape } from "../render/schema-shape.ts";
import type { Comparison, Expression, Operand } from "./ast.ts";
import { FilterError, failAt } from "./error.ts";
import { parseInstant } from "./instant.ts";
import { notATime, parseFilter } from "./parse-filter.ts";
import {
  compareScalars,
  createReading,
  type FilterValue,
  Instant,
  type Kind,
  type Scalar,
} from "./values.ts";

/** Whether a record is shown. */
export type RecordFilter = (record: RenderedRecord) => boolean;

interface Source {
  readonly at: number;
  readonly kinds: ReadonlySet<Kind>;
  readonly isList: boolean;
  /** What the text says, where it is a value and no field. */
  readonly literal: FilterValue | undefined;
  /** As it stands in a message. */
  readonly name: string;
  readonly read: (record: RenderedRecord) => FilterValue;
}

const kindNames: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  time: "a time",
  other: "neither text, number, time nor boolean",
};

/** `schema` is the JSON text of the schema that values are decoded with. Throws FilterError, RenderError `invalid-schema`. */
export function compileFilter(text: string, schema: string): RecordFilter {
  return compileExpression(text, parseShape(schema), parseFilter(text));
}

/**
 * Records that name a matching rule with one of the tags. Throws FilterError when the schema keeps no rules, and
 * RenderError `invalid-schema`.
 */
export function compileTagFilter(tags: readonly string[], schema: string): RecordFilter {
  const path = ["matching_rules", "tag"].map((name) => ({ kind: "name", name, at: 0 }) as const);
  const field = compileField(parseShape(schema), { ofRecord: false, segments: path }, () => (value) => value);
  if (field.kind === "problem") {
    throw new FilterError(
      "invalid-filter",
      `records of this topic name no rules, and so no tag: ${field.message}`,
    );
  }
  const wanted = new Set<unknown>(tags);
  return (record) => [field.read(record)].flat().some((tag) => wanted.has(tag));
}

function compileExpression(text: string, shape: Shape, root: Expression): RecordFilter {
  const compile = (node: Expression): RecordFilter => {
    switch (node.kind) {
      case "and": {
        const children = node.children.map(compile);
        return (record) => children.every((child) => child(record));
      }
      case "or": {
        const children = node.children.map(compile);
        return (record) => children.some((child) => child(record));
      }
      case "not": {
        const child = compile(node.child);
        return (record) => !child(record);
      }
      case "truth": {
        const source = openSource(node.operand);
        if (source.isList || !source.kinds.has("boolean")) {
          failAt(
            text,
            node.at,
            `${source.name} is ${tell(source)}, not true or false; what is it compared with?`,
          );
        }
        return (record) => source.read(record) === true;
      }
      case "is-null": {
        const { read } = openSource(node.operand);
        return (record) => read(record) === null;
      }
      case "compare":
        return compileComparison(node.operator, openSource(node.left), openSource(node.right), node.at);
      case "in":
        return compileMembership(openSource(node.right), openSource(node.left), node.at, "in");
      case "contains": {
        const left = openSource(node.left);
        const right = openSource(node.right);
        if (left.isList) return compileMembership(left, right, node.at, "contains");
        return compileSubstring(left, right);
      }
      case "matches":
        return compileMatch(openSource(node.left), node.right);
    }
  };

  const openSource = (node: Operand): Source => {
    const { at } = node;
    switch (node.kind) {
      case "literal": {
        const { value } = node;
        return constant(at, value, new Set(value === null ? [] : [kindOfLiteral(value)]), String(value));
      }
      case "timestamp":
        return constant(at, new Instant(node.nanos), new Set(["time"]), "the timestamp");
      case "list":
        return openList(node.items.map(openSource), at);
      case "call":
        return openCall(node.name, openSource(node.argument), at);
      case "field": {
        const field = compileField(shape, node.path, (leaf) => createReading(leaf).convert);
        if (field.kind === "problem") return failAt(text, field.at, field.message);
        const readings = field.leaves.map(createReading);
        return {
          at,
          kinds: new Set(readings.flatMap(({ kinds }) => [...kinds])),
          isList: field.projected || readings.some(({ isList }) => isList),
          literal: undefined,
          name: node.text,
          read: field.read as (record: RenderedRecord) => FilterValue,
        };
      }
    }
  };

  const openList = (items: readonly Source[], at: number): Source => {
    for (const item of items) {
      if (item.literal === undefined || item.isList) failAt(text, item.at, "a list holds values, not fields");
    }
    const values = items.map(({ literal }) => (literal ?? null) as Scalar | null);
    return {
      ...constant(at, values, new Set(items.flatMap(({ kinds }) => [...kinds])), "the list"),
      isList: true,
    };
  };

  const openCall = (name: "lower" | "length", argument: Source, at: number): Source => {
    const { read, isList, kinds } = argument;
    if (!kinds.has("text") && !(name === "length" && isList)) {
      failAt(
        text,
        argument.at,
        `${name} takes a text${name === "length" ? " or a list" : ""}, and ${argument.name} is ${tell(argument)}`,
      );
    }
    const wrap = (kind: Kind, apply: (value: FilterValue) => FilterValue): Source => ({
      at,
      kinds: new Set([kind]),
      isList: name === "lower" && isList,
      literal: undefined,
      name: `${name}(${argument.name})`,
      read: (record) => apply(read(record)),
    });
    if (name === "length") {
      return wrap("number", (value) =>
        typeof value === "string" ? [...value].length : isArray(value) ? value.length : null,
      );
    }
    const lower = (value: Scalar | null): Scalar | null =>
      typeof value === "string" ? value.toLowerCase() : value;
    return wrap("text", (value) => (isArray(value) ? value.map(lower) : lower(value)));
  };

  const compileComparison = (operator: Comparison, left: Source, right: Source, at: number): RecordFilter => {
    for (const [list, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (list.isList && other.literal !== null) {
        failAt(
          text,
          at,
          `${list.name} is a list: ${list.name} contains ${printLiteral(other)} asks for one of it`,
        );
      }
    }
    const isEquality = operator === "=" || operator === "!=";
    if (!isEquality && (left.literal === null || right.literal === null)) {
      failAt(text, at, "null has no order; is null asks for it");
    }
    const [one, other] = align(left, right, at);
    if (!isEquality && [...one.kinds].every((kind) => kind === "boolean")) {
      failAt(text, at, "true and false have no order; there are = and !=");
    }
    const holds = holdsOf(operator);
    return (record) => {
      const a = one.read(record);
      const b = other.read(record);
      if (a === null || b === null) return isEquality && (a === b) === (operator === "=");
      if (isArray(a) || isArray(b)) return operator === "!=";
      return holds(compareScalars(a, b));
    };
  };

  /** A text beside a time is read as one: now, when it is written in the filter, else with each record. */
  const align = (left: Source, right: Source, at: number): readonly [Source, Source] => {
    const one = asTime(left, right);
    const other = asTime(right, left);
    // Of null, and of a list of nothing else, the kind is any.
    const isNull = one.kinds.size === 0 || other.kinds.size === 0;
    const common = [...one.kinds].filter((kind) => kind !== "other" && other.kinds.has(kind));
    if (!isNull && common.length === 0) {
      const hint =
        one.kinds.has("text") && other.kinds.has("number") && other.literal !== undefined
          ? `; a text stands in quotes: '${other.name}'`
          : "";
      failAt(text, at, `${left.name} is ${tell(left)}, and ${right.name} is ${tell(right)}${hint}`);
    }
    return [one, other];
  };

  const asTime = (source: Source, beside: Source): Source => {
    if (!beside.kinds.has("time") || beside.kinds.size > 1 || source.kinds.has("time")) return source;
    if (!source.kinds.has("text")) return source;
    const toTime = (value: Scalar | null): Scalar | null => {
      const nanos = typeof value === "string" ? parseInstant(value) : null;
      return nanos === null ? null : new Instant(nanos);
    };
    const convert = (value: FilterValue): FilterValue => (isArray(value) ? value.map(toTime) : toTime(value));
    if (source.literal === undefined) {
      return { ...source, kinds: new Set(["time"]), read: (record) => convert(source.read(record)) };
    }
    const literal = convert(source.literal);
    if (literal === null || (isArray(literal) && literal.includes(null))) failAt(text, source.at, notATime);
    return { ...constant(source.at, literal, new Set(["time"]), source.name), isList: source.isList };
  };

  const compileMembership = (
    list: Source,
    item: Source,
    at: number,
    word: "in" | "contains",
  ): RecordFilter => {
    if (!list.isList) {
      const hint = list.kinds.has("text")
        ? `: ${list.name} contains ${printLiteral(item)} looks into a text`
        : "";
      failAt(text, list.at, `after in comes a list, and ${list.name} is ${tell(list)}${hint}`);
    }
    if (item.isList) failAt(text, item.at, `${item.name} is a list; ${word} takes one value`);
    const [many, one] = align(list, item, at);
    // Most lists are short; a long one that is written down is looked up.
    const texts =
      isArray(many.literal) && many.literal.every((value) => typeof value === "string")
        ? new Set(many.literal)
        : null;
    return (record) => {
      const wanted = one.read(record);
      if (texts !== null) return typeof wanted === "string" && texts.has(wanted);
      const values = many.read(record);
      if (!isArray(values)) return false;
      return values.some((value) =>
        value === null || wanted === null || isArray(wanted)
          ? value === wanted
          : compareScalars(value, wanted) === 0,
      );
    };
  };

  const compileSubstring = (whole: Source, part: Source): RecordFilter => {
    for (const source of [whole, part]) {
      if (source.isList || !source.kinds.has("text")) {
        failAt(text, source.at, `contains takes texts, and ${source.name} is ${tell(source)}`);
      }
    }
    return (record) => {
      const wholeText = whole.read(record);
      const partText = part.read(record);
      return typeof wholeText === "string" && typeof partText === "string" && wholeText.includes(partText);
    };
  };

  const compileMatch = (source: Source, pattern: Operand): RecordFilter => {
    if (pattern.kind !== "literal" || typeof pattern.value !== "string") {
      return failAt(text, pattern.at, "after matches comes a regular expression in quotes");
    }
    if (!source.kinds.has("text"))
      failAt(text, source.at, `matches takes a text, and ${source.name} is ${tell(source)}`);
    const expression = compilePattern(pattern.value, (message) => failAt(text, pattern.at, message));
    const test = (value: FilterValue): boolean =>
      typeof value === "string" && expression.matcher(value).find();
    return (record) => {
      const value = source.read(record);
      return isArray(value) ? value.some(test) : test(value);
    };
  };

  return compile(root);
}

/** RE2: time is linear in the text, whatever the pattern, so that no post can hold the consumer up. */
function compilePattern(pattern: string, refuse: (message: string) => never): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    return refuse(`${describeCause(cause)} (regular expressions are those of RE2)`);
  }
}

function constant(at: number, literal: FilterValue, kinds: ReadonlySet<Kind>, name: string): Source {
  return { at, kinds, isList: false, literal, name, read: () => literal };
}

function kindOfLiteral(value: string | number | bigint | boolean): Kind {
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "boolean" : "number";
}

function isArray(value: FilterValue | undefined): value is readonly (Scalar | null)[] {
  return Array.isArray(value);
}

function tell({ kinds, isList, literal }: Source): string {
  if (literal === null) return "null";
  const each = [...kinds].map((kind) => kindNames[kind]).join(" or ");
  return isList ? `a list${each === "" ? "" : ` (each ${each})`}` : each;
}

function printLiteral({ literal, name, kinds }: Source): string {
  return typeof literal === "string" && kinds.has("text") ? `'${literal}'` : name;
}

function holdsOf(operator: Comparison): (order: number | null) => boolean {
  switch (operator) {
    case "=":
      return (order) => order === 0;
    case "!=":
      return (order) => order !== 0;
    case "<":
      return (order) => order !== null && order < 0;
    case "<=":
      return (order) => order !== null && order <= 0;
    case ">":
      return (order) => order !== null && order > 0;
    case ">=":
      return (order) => order !== null && order >= 0;
  }
}
