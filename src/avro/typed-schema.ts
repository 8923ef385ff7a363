/**
 * What generated code says about a schema: its text, and the TypeScript types of its values.
 * The only module that codegen's output imports, and only as types.
 */
export interface TypedSchema<Read, Write = Read> {
  /** Full name of the root type, for example `birdwire.Tweet`; null when the root has no name. */
  readonly name: string | null;
  /** Number of the schema file, vN.avsc; null when it has none. */
  readonly version: number | null;
  /** CRC-64-AVRO of the Parsing Canonical Form, 16 hex digits, most significant first (Avro specification, Schema Fingerprints). */
  readonly fingerprint: string;
  /** The schema as JSON text: docs, defaults and aliases kept. What is registered. */
  readonly json: string;
  /** Never present at run time: carries the types of decoded (`read`) and accepted (`write`) values. */
  readonly types?: { readonly read: Read; readonly write: Write };
}
