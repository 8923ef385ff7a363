/**
 * JSON as values of a schema, in either encoding, or every reason why it is none (Avro specification, "JSON Encoding").
 * Plain JSON names no branch of a union: the one that the JSON fits is taken, and where it fits several it is refused,
 * since the wrong one would be another value.
 */
import { ExactNumber } from "./exact-json.ts";
import { createLeafReader, type JsonEncoding, jsonMapping, type LeafFault, misfit } from "./json-leaves.ts";
import {
  type AvroSchema,
  branchName,
  fullNameText,
  type MapSchema,
  type NamedSchema,
  type RecordSchema,
  type UnionSchema,
} from "./model.ts";
import { isInherited } from "./own-fields.ts";
import { childPointer } from "./pointer.ts";
import { isWrappedUnion } from "./union-shape.ts";
import { isOptionalField } from "./value-check.ts";
import type { ValueFinding } from "./value-findings.ts";

export type JsonReading =
  /** As a codec with `jsonMapping` takes it; fields that were left out are left to it. */
  | { readonly kind: "value"; readonly value: unknown }
  /** Paths are those of the JSON. */
  | { readonly kind: "misfit"; readonly findings: readonly [ValueFinding, ...ValueFinding[]] };

/** Takes what `parseExactJson` gives. Never throws. */
export type JsonReader = (json: unknown) => JsonReading;

export function createJsonReader(schema: AvroSchema, encoding: JsonEncoding): JsonReader {
  const read = new ReaderCompiler(encoding).compile(schema);
  return (json) => {
    const pass = new Pass();
    let value: unknown;
    try {
      value = read(json, pass);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      pass.refuse({ code: "invalid-value", message: "the value is nested too deeply" });
    }
    const [first, ...others] = pass.faults.map(describeFault);
    return first === undefined ? { kind: "value", value } : { kind: "misfit", findings: [first, ...others] };
  };
}

interface Fault extends LeafFault {
  /** From the inside out: only what goes wrong costs a path. */
  readonly segments: (string | number)[];
  /** It fits, but in several ways. */
  readonly isDoubt?: boolean;
}

function describeFault({ code, message, segments }: Fault): ValueFinding {
  const path = segments.reduceRight<string>(
    (parent, segment) => childPointer(parent, typeof segment === "string" ? segment.toWellFormed() : segment),
    "",
  );
  return { code, path, message };
}

/** One value being read. */
class Pass {
  readonly faults: Fault[] = [];
  /** Fields that were left out. */
  defaulted = 0;
  /** What unions made of objects: branches within branches would be tried over and over. */
  readonly known: Map<Read, Map<object, Tried>>;

  constructor(known: Pass["known"] = new Map()) {
    this.known = known;
  }

  refuse(fault: LeafFault): undefined {
    this.faults.push({ ...fault, segments: [] });
  }

  /** Reads what stands at `segment`. */
  at(segment: string | number, read: Read, json: unknown): unknown {
    const before = this.faults.length;
    const value = read(json, this);
    for (let index = before; index < this.faults.length; index += 1)
      this.faults[index]?.segments.push(segment);
    return value;
  }
}

type Read = (json: unknown, pass: Pass) => unknown;

interface Tried {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  readonly defaulted: number;
}

interface Candidate {
  /** How the JSON is read if it is that. */
  readonly what: string;
  readonly read: Read;
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !(json instanceof ExactNumber);
}

class ReaderCompiler {
  private readonly compiled = new Map<NamedSchema, Read>();
  private readonly encoding: JsonEncoding;

  constructor(encoding: JsonEncoding) {
    this.encoding = encoding;
  }

  compile(schema: AvroSchema): Read {
    switch (schema.kind) {
      case "record":
        return this.compiled.get(schema) ?? this.record(schema);
      case "array": {
        const read = this.compile(schema.items);
        return (json, pass) => {
          if (!Array.isArray(json)) return pass.refuse(misfit("an array", json).fault);
          return json.map((item: unknown, index) => pass.at(index, read, item));
        };
      }
      case "map":
        return this.map(schema);
      case "union":
        return this.encoding === "avro" ? this.wrapped(schema) : this.bare(schema);
      default: {
        const read = createLeafReader(schema, this.encoding);
        return (json, pass) => {
          const reading = read(json);
          return "fault" in reading ? pass.refuse(reading.fault) : reading.value;
        };
      }
    }
  }

  private map(schema: MapSchema): Read {
    const read = this.compile(schema.values);
    return (json, pass) => {
      if (!isObject(json)) {
        return pass.refuse(misfit("an object, one property for each entry", json).fault);
      }
      // Without a prototype `__proto__` is a key like any other.
      const map = Object.create(null) as Record<string, unknown>;
      for (const key of Object.keys(json)) {
        if (!key.isWellFormed()) {
          const message = "the key has half of a surrogate pair, which UTF-8 cannot carry";
          pass.at(key, () => pass.refuse({ code: "unpaired-surrogate", message }), null);
        }
        map[key] = pass.at(key, read, json[key]);
      }
      return map;
    };
  }

  private record(schema: RecordSchema): Read {
    const name = fullNameText(schema.fullName);
    const fields = schema.fields.map((field) => ({
      name: field.name,
      isOptional: isOptionalField(field, jsonMapping),
    }));
    const declared: ReadonlySet<string> = new Set(fields.map((field) => field.name));
    const hasInherited = fields.some((field) => isInherited(field.name));
    const reads: Read[] = [];
    const read: Read = (json, pass) => {
      if (!isObject(json)) {
        return pass.refuse(misfit(`an object with the fields of ${name}`, json).fault);
      }
      const record = (hasInherited ? Object.create(null) : {}) as Record<string, unknown>;
      let present = 0;
      for (let index = 0; index < fields.length; index += 1) {
        const field = fields[index] as (typeof fields)[number];
        if (Object.hasOwn(json, field.name)) {
          present += 1;
          record[field.name] = pass.at(field.name, reads[index] as Read, json[field.name]);
        } else if (field.isOptional) {
          pass.defaulted += 1;
        } else {
          const message = "the field is missing, and has no default";
          pass.at(field.name, () => pass.refuse({ code: "invalid-value", message }), null);
        }
      }
      const keys = Object.keys(json);
      if (keys.length > present) {
        const message = `${name} has no such field`;
        for (const key of keys) {
          if (declared.has(key)) continue;
          pass.at(key, () => pass.refuse({ code: "invalid-value", message }), null);
        }
      }
      return record;
    };
    // Known before its fields are compiled, since they may hold the same record.
    this.compiled.set(schema, read);
    for (const field of schema.fields) reads.push(this.compile(field.type));
    return read;
  }

  /** `{branch: value}`, as the specification has it. */
  private wrapped(schema: UnionSchema): Read {
    const reads = new Map(
      schema.branches
        .filter((branch) => branch.kind !== "null")
        .map((branch) => [branchName(branch), this.compile(branch)]),
    );
    const nullable = schema.branches.length > reads.size;
    const staysWrapped = isWrappedUnion(schema, jsonMapping);
    const names = [...reads.keys()].map((name) => `{${JSON.stringify(name)}: ...}`);
    const what = [...(nullable ? ["null"] : []), ...names].join(" or ");
    return (json, pass) => {
      if (json === null && nullable) return null;
      const [name, ...others] = isObject(json) ? Object.keys(json) : [];
      const read = name === undefined || others.length > 0 ? undefined : reads.get(name);
      if (read === undefined || name === undefined) return pass.refuse(misfit(what, json).fault);
      const value = pass.at(name, read, (json as Readonly<Record<string, unknown>>)[name]);
      return staysWrapped ? { [name]: value } : value;
    };
  }

  /** The value alone; one that fits several branches has to be wrapped. */
  private bare(schema: UnionSchema): Read {
    const branches = schema.branches.filter((branch) => branch.kind !== "null");
    const nullable = schema.branches.length > branches.length;
    const [only, ...others] = branches;
    if (only === undefined) return this.compile({ kind: "null", props: {} });
    if (others.length === 0) {
      const read = this.compile(only);
      return nullable ? (json, pass) => (json === null ? null : read(json, pass)) : read;
    }
    const staysWrapped = isWrappedUnion(schema, jsonMapping);
    const candidates = branches.flatMap((branch): Candidate[] => {
      const name = branchName(branch);
      const read = this.compile(branch);
      const wrap = (value: unknown) => (staysWrapped ? { [name]: value } : value);
      const readNamed: Read = (json, pass) => {
        if (isObject(json) && Object.hasOwn(json, name) && Object.keys(json).length === 1)
          return wrap(pass.at(name, read, json[name]));
        return pass.refuse(misfit(`{${JSON.stringify(name)}: ...}`, json).fault);
      };
      return [
        { what: name, read: (json, pass) => wrap(read(json, pass)) },
        { what: `{${JSON.stringify(name)}: ...}`, read: readNamed },
      ];
    });
    const what = [...(nullable ? ["null"] : []), ...branches.map(branchName)].join(" or ");
    const read: Read = (json, pass) => {
      if (json === null && nullable) return null;
      const tried = lookUp(pass, read, json) ?? tryAll(json, pass, candidates, what);
      keep(pass, read, json, tried);
      pass.defaulted += tried.defaulted;
      for (const { segments, ...fault } of tried.faults)
        pass.faults.push({ ...fault, segments: [...segments] });
      return tried.value;
    };
    return read;
  }
}

function lookUp({ known }: Pass, read: Read, json: unknown): Tried | undefined {
  return isObject(json) ? known.get(read)?.get(json) : undefined;
}

function keep({ known }: Pass, read: Read, json: unknown, tried: Tried): void {
  if (!isObject(json)) return;
  const ofUnion = known.get(read) ?? new Map<object, Tried>();
  known.set(read, ofUnion.set(json, tried));
}

/**
 * One that needs no default goes before those that do: what was printed has every field, so that the right one is among
 * them.
 */
function tryAll(json: unknown, pass: Pass, candidates: readonly Candidate[], what: string): Tried {
  const tries = candidates.map((candidate) => {
    const own = new Pass(pass.known);
    const value = candidate.read(json, own);
    return { what: candidate.what, value, faults: own.faults, defaulted: own.defaulted };
  });
  // What is in doubt within a branch does not speak against it: another one could be taken in its place.
  const fitting = tries.filter(({ faults }) => faults.every(({ isDoubt }) => isDoubt === true));
  const complete = fitting.filter(({ defaulted }) => defaulted === 0);
  const [best, ...others] = complete.length > 0 ? complete : fitting;
  if (best !== undefined && others.length === 0) return best;
  if (best !== undefined) {
    const names = [best, ...others].map((one) => one.what).join(" and ");
    const message = `the value fits ${names} of the union: write it as {"BRANCH": value}, or in Avro's JSON encoding`;
    const defaulted = Math.min(...fitting.map((one) => one.defaulted));
    return {
      value: undefined,
      defaulted,
      faults: [{ code: "invalid-value", message, segments: [], isDoubt: true }],
    };
  }
  const refused = { value: undefined, defaulted: 0 };
  // The faults of the one that came closest say more than that none fits.
  const [closest, ...rest] = tries.filter(({ faults }) =>
    faults.every(({ segments }) => segments.length > 0),
  );
  if (closest !== undefined && rest.length === 0) return { ...refused, faults: closest.faults };
  return { ...refused, faults: [{ ...misfit(what, json).fault, segments: [] }] };
}
