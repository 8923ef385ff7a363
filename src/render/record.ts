/**
 * What a renderer is given for each record, and what every renderer promises.
 */

import type { Utf8Text } from "../kernel/utf8-text.ts";
import type { ResolutionStep } from "../serde/decoder.ts";

/** A record from Kafka, decoded. */
export interface RenderedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch; negative when the record has none. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** Schema it was written with: id, and version within the subject where that is known. */
  readonly writer: {
    readonly id: number;
    readonly version: number | null;
    /** Names of the fields that it has; the others of the value are defaults. Absent or null: it has all of them. */
    readonly fields?: ReadonlySet<string> | null | undefined;
    /** What resolution did to its values, where that is to be shown. */
    readonly resolution?: readonly ResolutionStep[] | undefined;
  };
  /**
   * As the codec decodes it: bytes and fixed as Buffer, longs as number or bigint, unions bare, or
   * `{branch name: value}` where two branches look alike. null alone is shown whatever the schema (a tombstone).
   */
  readonly value: unknown;
}

interface Headed {
  /** Printed once, before any record, also where none comes; ends with \n. */
  readonly head?: string | undefined;
}

/** Shows each record by itself. */
export interface LineRenderer extends Headed {
  readonly kind: "lines";
  /** Text of one record; ends with \n. Throws RenderError `value-mismatch` when the value is not of the schema. */
  render(record: RenderedRecord): string;
  /** The same text put behind another, for formats that programs read by the million. Throws as `render`. */
  append?(record: RenderedRecord, target: Utf8Text): void;
  /** Present where the line is the value's JSON and nothing else, so that it can be printed without the value. */
  readonly json?: JsonText | undefined;
}

/** How values of the schema are printed, and what ends each. */
export interface JsonText {
  /** Puts the JSON of a value behind a text. Throws as `render`. */
  append(target: Utf8Text, value: unknown): void;
  /** A printer for a type without parts, from the JSON text of its schema. */
  leaf(schemaText: string): (value: unknown) => string;
  readonly suffix: string;
}

/** Shows records in batches. */
export interface BatchRenderer extends Headed {
  readonly kind: "batches";
  /** Text of one batch, ending with \n, and how many of its records the text leaves out. */
  render(
    records: readonly RenderedRecord[],
    batchNumber: number,
  ): { readonly text: string; readonly hidden: number };
}

export type Renderer = LineRenderer | BatchRenderer;
