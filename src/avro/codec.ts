/**
 * Values to bytes and back (Avro specification, "Binary Encoding" and "Schema Resolution"), by avsc. All work on the
 * schema is done when a codec is made; a good value or good bytes then meet no look-up, and a bad one is looked at a
 * second time to say where it is bad.
 */
import { LRUCache } from "lru-cache";
import { toAvroJsonText } from "./avro-json.ts";
import { toAvscSchema } from "./avsc-schema.ts";
import { type AvscType, createAvscType } from "./avsc-types.ts";
import { findByteFault } from "./byte-faults.ts";
import { toParsingCanonicalForm } from "./canonical.ts";
import { AvroError } from "./error.ts";
import type { AvroSchema } from "./model.ts";
import { mayLackInherited, withoutPrototypes } from "./own-fields.ts";
import { parseSchemaText } from "./parse-schema.ts";
import { describePointer } from "./pointer.ts";
import { compileValueCheck, isOptionalField } from "./value-check.ts";
import { compileDepthCheck, deepestValue } from "./value-depth.ts";
import { findValueFaults, type ValueFinding } from "./value-findings.ts";
import type { ValueMapping } from "./value-mapping.ts";

/**
 * The JavaScript side: bytes and fixed are `Buffer`, int to double are `number`, enums are strings, maps plain objects,
 * unions bare or wrapped as `union-shape.ts` says, logical types their base type. A `ValueMapping` has longs and some
 * logical types otherwise.
 */
export interface AvroCodec {
  readonly schema: AvroSchema;
  /** @throws {AvroError} `invalid-value` or `unpaired-surrogate`, with `details.path`. The Buffer is the caller's own. */
  encode(value: unknown): Buffer;
  /**
   * Writes at `offset` and returns the end; a negative number when it does not fit: the missing bytes, and what stood
   * there is lost.
   * @throws {AvroError} as `encode`.
   */
  encodeInto(target: Buffer, offset: number, value: unknown): number;
  /** @throws {AvroError} `truncated`, `trailing-bytes`, `corrupt` or `long-out-of-range`, with `details.path`. */
  decode(bytes: Buffer): unknown;
  /** Everything that keeps the value from being encoded. */
  check(value: unknown): ValueFinding[];
  /** The JSON encoding of the specification, on one line. @throws {AvroError} as `encode`. */
  toAvroJson(value: unknown): string;
}

export interface AvroResolver {
  /** A schema of the writer's form: what else it says, bytes do not depend on. */
  readonly writer: AvroSchema;
  /** The writer's bytes as the reader's value. @throws {AvroError} as `AvroCodec.decode`. */
  readonly decode: (bytes: Buffer) => unknown;
}

export interface AvroReader {
  /** @throws {AvroError} `invalid-schema`, or `cannot-resolve` with the first mismatch. */
  resolverOf(writer: AvroSchema): AvroResolver;
}

/** Resolvers of different schemas that one reader keeps. */
export const maxSharedResolvers = 100;

/** @throws {AvroError} `not-json` or `invalid-schema`. */
export function createCodec(schemaJson: string, mapping: ValueMapping = {}): AvroCodec {
  const schema = parseSchemaText(schemaJson);
  const type = createType(schema, mapping);
  const isValue = compileValueCheck(schema, mapping);
  const prepare = mayLackInherited(schema, (field) => isOptionalField(field, mapping))
    ? withoutPrototypes
    : (value: unknown) => value;
  const refuseValue = (value: unknown): never => refuse(findValueFaults(schema, value, mapping));

  const encodeInto = (target: Buffer, offset: number, value: unknown): number => {
    if (!isValue(value)) refuseValue(value);
    try {
      return type.encode(prepare(value), target, offset);
    } catch {
      return refuseValue(value);
    }
  };
  return {
    schema,
    encodeInto,
    encode: (value) => encodeThroughScratch(encodeInto, value),
    decode: (bytes) => decodeWith(type, undefined, schema, bytes, mapping),
    check: (value) => findValueFaults(schema, value, mapping),
    toAvroJson: (value) => {
      if (findValueFaults(schema, value, mapping).length > 0) refuseValue(value);
      return toAvroJsonText(schema, value, mapping);
    },
  };
}

/**
 * Reads what was written with one schema as another. Names are compared without their namespace, as registries do.
 * `mapping` is the reader's.
 * @throws {AvroError} `not-json` or `invalid-schema` for either text, `cannot-resolve` with the first mismatch.
 */
export function createResolver(
  writerJson: string,
  readerJson: string,
  mapping: ValueMapping = {},
): AvroResolver {
  const writer = parseSchemaText(writerJson);
  return createReader(parseSchemaText(readerJson), mapping).resolverOf(writer);
}

/**
 * One reader's schema for many writers: what they have in common is made once, and schemas that differ in docs, defaults
 * or anything else that bytes do not depend on share one resolver while it is kept. A resolver takes about a megabyte
 * for a large schema.
 * @throws {AvroError} `invalid-schema`.
 */
export function createReader(reader: AvroSchema, mapping: ValueMapping = {}): AvroReader {
  const readerType = createType(reader, mapping);
  const isTooDeep = compileDepthCheck(reader);
  const refuseDeep = (value: unknown): unknown => {
    if (isTooDeep?.(value) !== true) return value;
    const reason = `the value nests more than ${deepestValue} levels deep`;
    throw new AvroError("corrupt", reason, { details: { path: "" } });
  };
  const own: AvroResolver = {
    writer: reader,
    decode: (bytes) => refuseDeep(decodeWith(readerType, undefined, reader, bytes, mapping)),
  };
  const made = new LRUCache<string, AvroResolver>({ max: maxSharedResolvers });
  made.set(toParsingCanonicalForm(reader), own);
  return {
    resolverOf(writer) {
      const form = toParsingCanonicalForm(writer);
      const known = made.get(form);
      if (known !== undefined) return known;
      const resolver = createAvscResolver(createType(writer, {}, "writer"), readerType);
      const fresh: AvroResolver = {
        writer,
        decode: (bytes) => refuseDeep(decodeWith(readerType, resolver, writer, bytes, mapping)),
      };
      made.set(form, fresh);
      return fresh;
    },
  };
}

type AvscResolver = ReturnType<AvscType["createResolver"]>;

function createAvscResolver(writer: AvscType, reader: AvscType): AvscResolver {
  try {
    return reader.createResolver(writer, { ignoreNamespaces: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AvroError(
      "cannot-resolve",
      `the reader schema cannot read the writer schema's values: ${reason}`,
      {
        cause,
      },
    );
  }
}

function createType(schema: AvroSchema, mapping: ValueMapping = {}, role?: "writer"): AvscType {
  const { schema: json, notes } = toAvscSchema(schema, mapping);
  try {
    return createAvscType(json, notes, role);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AvroError("invalid-schema", `the codec cannot hold the schema: ${reason}`, { cause });
  }
}

function decodeWith(
  type: AvscType,
  resolver: AvscResolver | undefined,
  writer: AvroSchema,
  bytes: Buffer,
  mapping: ValueMapping,
): unknown {
  let failure: unknown;
  try {
    return type.fromBuffer(bytes, resolver);
  } catch (cause) {
    failure = cause;
  }
  const fault = findByteFault(writer, bytes, { holdsLongs: mapping.long === "bigint" });
  if (fault !== null) throw fault;
  // The writer's value is sound, so it is the reader's type that cannot take it.
  const reason = failure instanceof Error ? failure.message : String(failure);
  throw new AvroError("corrupt", `the value cannot be decoded: ${reason}`, {
    details: { path: "" },
    cause: failure,
  });
}

function refuse(findings: readonly ValueFinding[]): never {
  const [first] = findings;
  if (first === undefined) throw new AvroError("invalid-value", "the value does not fit the schema");
  const more = findings.length === 1 ? "" : ` (and ${findings.length - 1} more)`;
  throw new AvroError(first.code, `${describePointer(first.path)}: ${first.message}${more}`, {
    details: { path: first.path, findings: findings.length },
  });
}

const keptScratchBytes = 1 << 20;
let scratch = Buffer.allocUnsafeSlow(1 << 16);

/** Encoding is synchronous and no codec calls another, so one scratch buffer serves all of them. */
function encodeThroughScratch(encodeInto: AvroCodec["encodeInto"], value: unknown): Buffer {
  let target = scratch;
  let end = encodeInto(target, 0, value);
  while (end < 0) {
    target = Buffer.allocUnsafeSlow(Math.max(target.length * 2, target.length - end));
    if (target.length <= keptScratchBytes) scratch = target;
    end = encodeInto(target, 0, value);
  }
  const bytes = Buffer.allocUnsafe(end);
  target.copy(bytes, 0, 0, end);
  return bytes;
}
