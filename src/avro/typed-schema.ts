/**
 * What generated code says about a schema: its text, and the TypeScript types of its values.
 * The only module that codegen's output imports, and only as types.
 */

import type { ValueMapping } from "./value-mapping.ts";

/** `Verdicts`: for each version of the record, `true` when this one reads it, else the reasons why not, as texts. */
export interface TypedSchema<Read, Write = Read, Verdicts = unknown> {
  /** Full name of the root type, for example `birdwire.Tweet`; null when the root has no name. */
  readonly name: string | null;
  /** Number of the schema file, vN.avsc; null when it has none. */
  readonly version: number | null;
  /** CRC-64-AVRO of the Parsing Canonical Form, 16 hex digits, most significant first (Avro specification, Schema Fingerprints). */
  readonly fingerprint: string;
  /** The schema as JSON text: docs, defaults and aliases kept. What is registered. */
  readonly json: string;
  /** How longs and logical types are mapped, when codegen was asked to; the codec does the same. */
  readonly values?: ValueMapping;
  /** Never present at run time: carries the types of decoded (`read`) and accepted (`write`) values, and the verdicts. */
  readonly types?: { readonly read: Read; readonly write: Write; readonly verdicts?: Verdicts };
}

/**
 * The compile-time gate: asks nothing of a schema that reads every version of its record, and else a property that no
 * schema has, whose type is the reasons why not. `schema: TypedSchema<R, W, V> & ReadsEveryVersion<V>`.
 */
export type ReadsEveryVersion<Verdicts> = [UnreadableVersions<Verdicts>] extends [never]
  ? unknown
  : { readonly cannotRead: UnreadableVersions<Verdicts> };

/** `version 2: age: a string was written, ...`, a text for each reason; never when there is none. */
export type UnreadableVersions<Verdicts> = {
  [Version in keyof Verdicts]: Verdicts[Version] extends string
    ? `version ${Version & number}: ${Verdicts[Version]}`
    : never;
}[keyof Verdicts];
