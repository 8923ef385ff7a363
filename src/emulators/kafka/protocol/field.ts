/**
 * How a message is described: fields in wire order, each with its type and the versions that carry it. The
 * TypeScript type of a message is inferred from its description, so the two cannot drift.
 * Spec of what is described: the message definitions that Apache Kafka publishes with its clients.
 */
import type { Chunks } from "./writer.ts";

export type WireType =
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "bool"
  | "uuid"
  | "string"
  | "bytes"
  | "records"
  | "array"
  | "struct";

export interface FieldOptions<T> {
  /** First version with the field. Default 0. */
  readonly since?: number;
  /** Last version with the field. Default: all. */
  readonly until?: number;
  /** Value where the version lacks the field, or where the sender of a tagged field left it out. */
  readonly default?: T;
  /** First version in which null is allowed on the wire. Default: that of the field, if its type has null. */
  readonly nullableSince?: number;
  /** Number of a tagged field; only flexible versions carry it, and only when it is given. */
  readonly tag?: number;
}

export interface Field<T> {
  readonly type: WireType;
  readonly since: number;
  readonly until: number;
  readonly default: T;
  /** Infinity: never null. */
  readonly nullableSince: number;
  readonly tag: number | undefined;
  /** Of an array. */
  readonly element?: Field<unknown>;
  /** Of a struct. */
  readonly fields?: Fields;
}

export type Fields = { readonly [name: string]: Field<unknown> };

/** A message as it is decoded: every field is there, with its default where the version lacks it. */
export type Message<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A message as it is encoded: what is left out takes its default. */
export type Draft<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? DraftOf<T> : never;
};
type DraftOf<T> = T extends Buffer | Chunks | string | number | boolean | null
  ? T
  : T extends readonly (infer E)[]
    ? readonly DraftOf<E>[]
    : { readonly [K in keyof T]?: DraftOf<T[K]> };

function field<T>(
  type: WireType,
  fallback: T,
  options: FieldOptions<T>,
  more: { nullable?: boolean; element?: Field<unknown>; fields?: Fields } = {},
): Field<T> {
  const { nullable = false, ...shape } = more;
  const since = options.since ?? 0;
  return {
    type,
    since,
    until: options.until ?? Number.POSITIVE_INFINITY,
    default: "default" in options && options.default !== undefined ? options.default : fallback,
    nullableSince: nullable ? (options.nullableSince ?? since) : Number.POSITIVE_INFINITY,
    tag: options.tag,
    ...shape,
  };
}

export const int8 = (options: FieldOptions<number> = {}) => field("int8", 0, options);
export const int16 = (options: FieldOptions<number> = {}) => field("int16", 0, options);
export const int32 = (options: FieldOptions<number> = {}) => field("int32", 0, options);
export const int64 = (options: FieldOptions<number> = {}) => field("int64", 0, options);
export const bool = (options: FieldOptions<boolean> = {}) => field("bool", false, options);
/** 32 hexadecimal digits. */
export const uuid = (options: FieldOptions<string> = {}) => field("uuid", "0".repeat(32), options);
export const string = (options: FieldOptions<string> = {}) => field("string", "", options);
export const nullableString = (options: FieldOptions<string | null> = {}) =>
  field<string | null>("string", null, options, { nullable: true });
export const bytes = (options: FieldOptions<Buffer> = {}) => field("bytes", Buffer.alloc(0), options);
/** Record data; decoded it is one buffer, a view on the frame. */
export const records = (options: FieldOptions<Chunks | null> = {}) =>
  field<Chunks | null>("records", null, options, { nullable: true });

export const arrayOf = <T>(element: Field<T>, options: FieldOptions<T[]> = {}) =>
  field<T[]>("array", [], options, { element });
export const nullableArrayOf = <T>(element: Field<T>, options: FieldOptions<T[] | null> = {}) =>
  field<T[] | null>("array", null, options, { element, nullable: true });
/** Where it is missing, each of its fields has its own default. */
export const struct = <F extends Fields>(fields: F, options: FieldOptions<Message<F>> = {}) =>
  field<Message<F>>("struct", defaultsOf(fields), options, { fields });
/** Null unless it is given; a mark before it says which. */
export const nullableStruct = <F extends Fields>(fields: F, options: FieldOptions<Message<F> | null> = {}) =>
  field<Message<F> | null>("struct", null, options, { fields, nullable: true });
const defaultsOf = <F extends Fields>(fields: F) =>
  Object.fromEntries(Object.entries(fields).map(([name, { default: value }]) => [name, value])) as Message<F>;
/** An array of structs. */
export const structs = <F extends Fields>(fields: F, options: FieldOptions<Message<F>[]> = {}) =>
  arrayOf(struct(fields), options);
export const nullableStructs = <F extends Fields>(
  fields: F,
  options: FieldOptions<Message<F>[] | null> = {},
) => nullableArrayOf(struct(fields), options);
