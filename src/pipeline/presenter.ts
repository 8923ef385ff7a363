/**
 * From decoded records to stdout: line formats write what they get at once, tables gather a micro-batch first and
 * close it by rows or by time, as Spark's console sink does per trigger. A record counts as printed, and its
 * position as reached, only after the sink took its text.
 */
import type { Position } from "../kafka/port.ts";
import type { Clock } from "../kernel/clock.ts";
import { Utf8Text } from "../kernel/utf8-text.ts";
import type { RenderedRecord, Renderer } from "../render/renderer.ts";
import type { ConsumeTally } from "../telemetry/tally.ts";

export interface TextSink {
  /**
   * Resolves when the text is out of this process. Rejects when it is not, or not all of it: its records do not count
   * as printed then, and nothing is written behind them.
   */
  write(text: string): Promise<void>;
  /**
   * The same for text that is encoded already. `onDone` is called, before it resolves, where nobody will read the bytes
   * any more. Without it `write` is given the text.
   */
  writeBytes?(bytes: Buffer, onDone: () => void): Promise<void>;
}

export interface PresenterOptions {
  readonly renderer: Renderer;
  readonly sink: TextSink;
  readonly clock: Clock;
  readonly tally: ConsumeTally;
  /** A batch closes after this long, in ms. Tables only. */
  readonly batchIntervalMs: number;
  /** A batch closes at this many rows; without it by time alone. Tables only. */
  readonly batchRows?: number | undefined;
  /** Told of every position whose records are all written. */
  readonly onReached: (position: Position) => void;
  /** Told of rows that a table did not show. */
  readonly onHidden: (rows: number, batch: number) => void;
}

export interface Presenter {
  /** Takes records of one partition, in order, and the position after them. Waits while the sink is full. */
  add(records: readonly RenderedRecord[], after: Position): Promise<void>;
  /** Writes what is still held back. Rejects with what the sink threw, also when a timer's write failed. */
  end(): Promise<void>;
}

/** What takes text that was put together elsewhere, so that only whole records are counted and written. */
export interface TextPresenter {
  /** Whether the text is long enough to be written. */
  readonly isFull: boolean;
  /** So many records were put behind the text; writes it all. */
  add(records: number, after: Position): Promise<void>;
}

export function createTextPresenter(
  text: Utf8Text,
  { sink, tally, onReached }: Pick<PresenterOptions, "sink" | "tally" | "onReached">,
): TextPresenter {
  return {
    get isFull() {
      return text.length >= chunkBytes;
    },
    async add(records, after) {
      if (text.length > 0) await writeText(text, sink);
      tally.printed += records;
      onReached(after);
    },
  };
}

/** With room for a chunk. */
export function createChunkText(): Utf8Text {
  return new Utf8Text(chunkBytes + chunkSlackBytes);
}

function writeText(text: Utf8Text, sink: TextSink): Promise<void> {
  const bytes = text.take();
  return sink.writeBytes === undefined
    ? sink.write(bytes.toString())
    : sink.writeBytes(bytes, () => text.giveBack(bytes));
}

export function createPresenter(options: PresenterOptions): Presenter {
  return options.renderer.kind === "lines"
    ? createLinePresenter(options, options.renderer)
    : createBatchPresenter(options, options.renderer);
}

/** A text of this length, in bytes, is handed to the sink. */
const chunkBytes = 64 * 1024;
/** For the record that makes a chunk full. */
const chunkSlackBytes = 8 * 1024;

function createLinePresenter(
  { sink, tally, onReached }: PresenterOptions,
  renderer: Extract<Renderer, { kind: "lines" }>,
): Presenter {
  const text = createChunkText();
  const write = () => writeText(text, sink);
  return {
    async add(records, after) {
      let held = 0;
      for (const record of records) {
        if (renderer.append === undefined) text.text(renderer.render(record));
        else renderer.append(record, text);
        held++;
        if (text.length >= chunkBytes) {
          await write();
          tally.printed += held;
          held = 0;
          onReached({ topic: after.topic, partition: after.partition, nextOffset: record.offset + 1 });
        }
      }
      if (held > 0) await write();
      tally.printed += held;
      onReached(after);
    },
    async end() {},
  };
}

/** Rows held back before `add` waits; only a sink slower than the topic gets there. */
const maxHeldRows = 100_000;

function createBatchPresenter(
  { sink, tally, clock, onReached, onHidden, batchIntervalMs, batchRows = maxHeldRows }: PresenterOptions,
  renderer: Extract<Renderer, { kind: "batches" }>,
): Presenter {
  let rows: RenderedRecord[] = [];
  let reached: Position[] = [];
  let batchNumber = 0;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  const close = (): Promise<void> => {
    cancelTimer?.();
    cancelTimer = undefined;
    const closing = { rows, reached, number: batchNumber };
    rows = [];
    reached = [];
    if (closing.rows.length > 0) batchNumber++;
    writing = writing
      .then(async () => {
        // Behind rows that could not be written no position is reached.
        check();
        if (closing.rows.length > 0) {
          const { text, hidden } = renderer.render(closing.rows, closing.number);
          await sink.write(text);
          tally.printed += closing.rows.length - hidden;
          tally.hidden += hidden;
          if (hidden > 0) onHidden(hidden, closing.number);
        }
        for (const position of closing.reached) onReached(position);
      })
      .catch((error: unknown) => {
        failure ??= { error };
      });
    return writing;
  };

  return {
    async add(records, after) {
      check();
      for (const record of records) {
        rows.push(record);
        cancelTimer ??= clock.after(batchIntervalMs, () => void close());
        if (rows.length >= batchRows) {
          reached.push({ topic: after.topic, partition: after.partition, nextOffset: record.offset + 1 });
          await close();
          check();
        }
      }
      if (rows.length === 0) {
        await writing;
        check();
        onReached(after);
      } else {
        reached.push(after);
      }
    },
    async end() {
      await close();
      check();
    },
  };
}
