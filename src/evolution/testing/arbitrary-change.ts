/**
 * fast-check arbitrary: a schema and what somebody made of it, by the changes that people make, good and bad ones, so
 * that both verdicts and every rule occur often. Some types are used again by name, records within themselves too.
 */
import fc from "fast-check";
import { parseSchema } from "../../avro/parse-schema.ts";

export interface SchemaChange {
  readonly before: unknown;
  readonly after: unknown;
}

type Json = Record<string, unknown>;
/** A number from 0 to below `count`. */
type Pick = (count: number) => number;

/** Schemas of `schemas` with named types called apart, each with a changed form; the rate differs from pair to pair. */
export function arbitraryChange(schemas: fc.Arbitrary<unknown>): fc.Arbitrary<SchemaChange> {
  return fc
    .record({
      json: schemas,
      choices: fc.array(fc.nat(9999), { minLength: 12, maxLength: 60 }),
      rate: fc.constantFrom(1, 3, 3, 6, 12),
      swap: fc.boolean(),
    })
    .map(({ json, choices, rate, swap }) => {
      let next = 0;
      const pick: Pick = (count) => (choices[next++ % choices.length] ?? 0) % count;
      const draft = reuseTypes(json, pick);
      const pair = { before: qualify(draft), after: qualify(new Mutation(pick, rate).of(draft, false)) };
      return swap ? { before: pair.after, after: pair.before } : pair;
    })
    .filter(({ before, after }) => isSchema(before) && isSchema(after));
}

function isSchema(json: unknown): boolean {
  try {
    parseSchema(json);
    return true;
  } catch {
    return false;
  }
}

const isObject = (json: unknown): json is Json =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** Gives named types an `id` that outlives a renaming, and puts `#id` in the place of some primitives. */
function reuseTypes(root: unknown, pick: Pick): unknown {
  const closed: string[] = [];
  const open: string[] = [];
  const visit = (json: unknown, isRepeated: boolean): unknown => {
    if (Array.isArray(json)) return json.map((branch) => (isObject(branch) ? visit(branch, false) : branch));
    if (!isObject(json)) {
      // A record within itself must be able to end: in a list that may be empty.
      const names = isRepeated ? [...closed, ...open] : closed;
      return names.length > 0 && pick(4) === 0 ? `#${names[pick(names.length)]}` : json;
    }
    if ("items" in json) return { ...json, items: visit(json.items, true) };
    if ("values" in json) return { ...json, values: visit(json.values, true) };
    const id = String(json.name);
    if (!Array.isArray(json.fields)) {
      closed.push(id);
      return { ...json, id };
    }
    open.push(id);
    const fields = json.fields.map((field: Json) => ({ ...field, type: visit(field.type, false) }));
    closed.push(...open.splice(open.indexOf(id)));
    return { ...json, id, fields };
  };
  return visit(root, false);
}

/** Full names for `#id`, and no `id` any more. */
function qualify(root: unknown): unknown {
  const names = new Map<string, string>();
  const visit = (json: unknown, namespace: string): unknown => {
    if (typeof json === "string") return json.startsWith("#") ? (names.get(json.slice(1)) ?? json) : json;
    if (Array.isArray(json)) return json.map((branch) => visit(branch, namespace));
    if (!isObject(json)) return json;
    if ("items" in json) return { ...json, items: visit(json.items, namespace) };
    if ("values" in json) return { ...json, values: visit(json.values, namespace) };
    if (!("id" in json)) return json;
    const { id, ...rest } = json;
    const own = String(json.namespace ?? namespace);
    names.set(String(id), own === "" ? String(json.name) : `${own}.${json.name}`);
    if (!Array.isArray(rest.fields)) return rest;
    return {
      ...rest,
      fields: rest.fields.map((field: Json) => ({ ...field, type: visit(field.type, own) })),
    };
  };
  return visit(root, "");
}

const primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
const wider: Readonly<Record<string, readonly string[]>> = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["bytes"],
  bytes: ["string"],
};
const defaults: readonly (readonly [type: unknown, value: unknown])[] = [
  ["int", 7],
  ["string", "x"],
  [["null", "string"], null],
  [["string", "null"], "y"],
  [["null", "long"], 5],
  ["bytes", "\u00ff"],
  [{ type: "array", items: "int" }, [1, 2]],
  [{ type: "map", values: "boolean" }, { k: true }],
];
const odd = ["added", "constructor", "toString", "hasOwnProperty"];

class Mutation {
  private readonly pick: Pick;
  private readonly rate: number;
  private count = 0;

  /** About one node in `rate` is changed. */
  constructor(pick: Pick, rate: number) {
    this.pick = pick;
    this.rate = rate;
  }

  of(json: unknown, isBranch: boolean): unknown {
    const changes = this.pick(this.rate) === 0;
    if (changes && !isBranch && !Array.isArray(json) && this.pick(8) === 0) return ["null", json];
    if (Array.isArray(json)) return this.union(json, changes);
    if (typeof json === "string") return changes ? this.primitive(json) : json;
    if (!isObject(json)) return json;
    switch (json.type) {
      case "array":
        return { ...json, items: this.of(json.items, false) };
      case "map":
        if (changes && this.pick(4) === 0) return { type: "array", items: json.values };
        return { ...json, values: this.of(json.values, false) };
      case "fixed":
        return changes ? this.choose(json, [this.name, this.fixed]) : json;
      case "enum":
        return changes ? this.choose(json, [this.name, this.symbols, this.symbols]) : json;
      default:
        return changes
          ? this.choose(this.fields(json), [this.name, this.record, this.record])
          : this.fields(json);
    }
  }

  private choose(json: Json, ways: readonly ((json: Json) => Json)[]): Json {
    return ways[this.pick(ways.length)]?.call(this, json) ?? json;
  }

  private primitive(json: string): unknown {
    if (json.startsWith("#")) return json;
    const up = wider[json] ?? [];
    const way = this.pick(6);
    if (way < 3 && up.length > 0) return up[this.pick(up.length)];
    if (way === 3) return { type: json, logicalType: ["date", "timestamp-millis", "uuid"][this.pick(3)] };
    if (way === 4) return { type: json, note: "seen" };
    return primitives[this.pick(primitives.length)];
  }

  private union(branches: readonly unknown[], changes: boolean): unknown {
    const mutated = branches.map((branch) => this.of(branch, true));
    if (!changes) return mutated;
    switch (this.pick(5)) {
      case 0:
        return mutated.length > 1 ? mutated.slice(1) : mutated;
      case 1:
        return mutated.toReversed();
      case 2:
        return mutated[0];
      default: {
        const added = primitives[this.pick(primitives.length)];
        return mutated.includes(added) ? mutated : [...mutated, added];
      }
    }
  }

  private name(json: Json): Json {
    const name = `New${json.name}`;
    switch (this.pick(4)) {
      case 0:
        return { ...json, name };
      case 1:
        return { ...json, name, aliases: [json.name] };
      case 2:
        return { ...json, namespace: "moved" };
      default:
        return { ...json, doc: "rewritten" };
    }
  }

  private fixed(json: Json): Json {
    return { ...json, size: Number(json.size) + 1 };
  }

  private symbols(json: Json): Json {
    const symbols = json.symbols as readonly string[];
    switch (this.pick(5)) {
      case 0:
        return { ...json, symbols: [...symbols, "NEW"] };
      case 1:
        return { ...json, symbols: symbols.length > 1 ? symbols.slice(1) : ["NEW"] };
      case 2:
        return { ...json, symbols: ["NEW"], default: "NEW" };
      case 3:
        return { ...json, symbols: symbols.toReversed() };
      default:
        return { ...json, default: symbols[0] };
    }
  }

  private fields(json: Json): Json {
    const fields = json.fields as readonly Json[];
    return { ...json, fields: fields.map((field) => ({ ...field, type: this.of(field.type, false) })) };
  }

  private record(json: Json): Json {
    const fields = json.fields as readonly Json[];
    const at = this.pick(fields.length + 1);
    const [type, value] = defaults[this.pick(defaults.length)] ?? ["null", null];
    const name = `${odd[this.pick(odd.length)]}${this.count++ || ""}`;
    const put = (field: Json) => [...fields.slice(0, at), field, ...fields.slice(at)];
    const alter = (change: (field: Json) => Json) =>
      fields.map((field, index) => (index === at ? change(field) : field));
    switch (this.pick(10)) {
      case 0:
        return { ...json, fields: fields.filter((_, index) => index !== at) };
      case 1:
      case 2:
        return { ...json, fields: put({ name, type, default: value }) };
      case 3:
        return { ...json, fields: put({ name, type }) };
      case 4:
        return { ...json, fields: alter((field) => ({ ...field, name, aliases: ["none", field.name] })) };
      case 5:
        return { ...json, fields: alter((field) => ({ ...field, name })) };
      case 6:
        return { ...json, fields: alter((field) => ({ ...field, doc: "new", order: "ignore" })) };
      case 7:
        return {
          ...json,
          fields: alter((field) => ({ ...field, type: ["null", field.type], default: null })),
        };
      case 8:
        return {
          ...json,
          fields: alter((field) => ({ ...field, aliases: fields.map((each) => each.name) })),
        };
      default:
        return { ...json, fields: fields.toReversed() };
    }
  }
}
