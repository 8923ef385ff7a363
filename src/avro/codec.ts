/**
 * Values to bytes and back (Avro specification, "Binary Encoding" and "Schema Resolution"), by avsc. All work on the
 * schema is done when a codec is made; a good value or good bytes then meet no look-up, and a bad one is looked at a
 * second time to say where it is bad.
 */
import { toAvroJsonText } from "./avro-json.ts";
import { toAvscSchema } from "./avsc-schema.ts";
import { type AvscType, createAvscType } from "./avsc-types.ts";
import { findByteFault } from "./byte-faults.ts";
import { toParsingCanonicalForm } from "./canonical.ts";
import { AvroError } from "./error.ts";
import type { AvroSchema } from "./model.ts";
import { parseSchemaText } from "./parse-schema.ts";
import { describePointer } from "./pointer.ts";
import { compileValueCheck } from "./value-check.ts";
import { findValueFaults, type ValueFinding } from "./value-findings.ts";

/**
 * The JavaScript side: bytes and fixed are `Buffer`, int to double are `number`, enums are strings, maps plain objects,
 * unions bare or wrapped as `union-shape.ts` says, logical types their base type.
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
  /** The writer's bytes as the reader's value. @throws {AvroError} as `AvroCodec.decode`. */
  decode(bytes: Buffer): unknown;
}

/** @throws {AvroError} `not-json` or `invalid-schema`. */
export function createCodec(schemaJson: string): AvroCodec {
  const schema = parseSchemaText(schemaJson);
  const type = createType(schema);
  const isValue = compileValueCheck(schema);

  const encodeInto = (target: Buffer, offset: number, value: unknown): number => {
    if (!isValue(value)) refuseValue(schema, value);
    try {
      return type.encode(value, target, offset);
    } catch {
      return refuseValue(schema, value);
    }
  };
  return {
    schema,
    encodeInto,
    encode: (value) => encodeThroughScratch(encodeInto, value),
    decode: (bytes) => decodeWith(type, undefined, schema, bytes),
    check: (value) => findValueFaults(schema, value),
    toAvroJson: (value) => {
      if (findValueFaults(schema, value).length > 0) refuseValue(schema, value);
      return toAvroJsonText(schema, value);
    },
  };
}

/**
 * Reads what was written with one schema as another. Names are compared without their namespace, as registries do.
 * @throws {AvroError} `not-json` or `invalid-schema` for either text, `cannot-resolve` with the first mismatch.
 */
export function createResolver(writerJson: string, readerJson: string): AvroResolver {
  const writer = parseSchemaText(writerJson);
  const reader = parseSchemaText(readerJson);
  const readerType = createType(reader);
  if (toParsingCanonicalForm(writer) === toParsingCanonicalForm(reader)) {
    return { decode: (bytes) => decodeWith(readerType, undefined, writer, bytes) };
  }
  const resolver = createAvscResolver(createType(writer), readerType);
  return { decode: (bytes) => decodeWith(readerType, resolver, writer, bytes) };
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

function createType(schema: AvroSchema): AvscType {
  const { schema: json, wrapped } = toAvscSchema(schema);
  try {
    return createAvscType(json, wrapped);
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
): unknown {
  let failure: unknown;
  try {
    return type.fromBuffer(bytes, resolver);
  } catch (cause) {
    failure = cause;
  }
  const fault = findByteFault(writer, bytes);
  if (fault !== null) throw fault;
  // The writer's value is sound, so it is the reader's type that cannot take it.
  const reason = failure instanceof Error ? failure.message : String(failure);
  throw new AvroError("corrupt", `the value cannot be decoded: ${reason}`, {
    details: { path: "" },
    cause: failure,
  });
}

function refuseValue(schema: AvroSchema, value: unknown): never {
  const findings = findValueFaults(schema, value);
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
