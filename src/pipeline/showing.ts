/**
 * Decoded records on their way to stdout: as values that a renderer makes lines or tables of, or, where a line is the
 * value's JSON and nothing else, printed by the decoder itself, which saves making the value.
 */
import type { ConsumedRecord, Position } from "../kafka/port.ts";
import type { JsonText, RenderedRecord } from "../render/renderer.ts";
import type { DecodeOutcome, PrintingDecoder, RecordDecoder, WriterIdentity } from "../serde/decoder.ts";
import { createChunkText, createPresenter, createTextPresenter, type PresenterOptions } from "./presenter.ts";

export interface ShowingOptions extends PresenterOptions {
  readonly decoder: RecordDecoder<unknown> | PrintingDecoder<unknown>;
  /** Whether a record is shown; without it all are. */
  readonly filter?: ((record: RenderedRecord) => boolean) | undefined;
}

/** Records of one partition at a time, in order. */
export interface Showing {
  /** Decodes what is taken next. */
  readonly decoder: RecordDecoder<unknown>;
  /** False for a record that is left out. */
  take(record: ConsumedRecord, outcome: Decoded): boolean;
  /** Whether enough was taken to be shown. */
  readonly isFull: boolean;
  /** Shows what was taken, which ends before that position. Waits while the sink is full. */
  show(after: Position): Promise<void>;
  /** Shows what is still held back; rejects with what the sink threw. */
  end(): Promise<void>;
}

type Decoded = Extract<DecodeOutcome<unknown>, { kind: "record" }>;

export function createShowing(options: ShowingOptions): Showing {
  const { decoder, renderer, filter } = options;
  const json = renderer.kind === "lines" ? renderer.json : undefined;
  return json !== undefined && filter === undefined && "printing" in decoder
    ? createPrintedShowing(decoder, json, options)
    : createValueShowing(options);
}

/** A fetch brings thousands of records, whose values together would outlive what the young heap holds. */
const shownAtOnce = 64;

function createValueShowing(options: ShowingOptions): Showing {
  const { decoder, filter } = options;
  const presenter = createPresenter(options);
  let taken: RenderedRecord[] = [];
  return {
    decoder,
    take(record, { value, writer }) {
      const rendered = toRendered(record, writer, value);
      if (filter !== undefined && !filter(rendered)) return false;
      taken.push(rendered);
      return true;
    },
    get isFull() {
      return taken.length >= shownAtOnce;
    },
    show(after) {
      const shown = taken;
      taken = [];
      return presenter.add(shown, after);
    },
    end: () => presenter.end(),
  };
}

function createPrintedShowing(
  decoder: PrintingDecoder<unknown>,
  { append, leaf, suffix }: JsonText,
  options: ShowingOptions,
): Showing {
  const text = createChunkText();
  const presenter = createTextPresenter(text, options);
  let taken = 0;
  return {
    decoder: decoder.printing({ values: { append, leaf }, text, suffix }),
    take() {
      taken++;
      return true;
    },
    get isFull() {
      return presenter.isFull;
    },
    show(after) {
      const shown = taken;
      taken = 0;
      return presenter.add(shown, after);
    },
    async end() {},
  };
}

/** Each field by name: a record of one shape, at a fraction of what spreading one costs. */
function toRendered(record: ConsumedRecord, writer: WriterIdentity, value: unknown): RenderedRecord {
  const { topic, partition, offset, timestampMs, key } = record;
  return { topic, partition, offset, timestampMs, key, writer, value };
}
