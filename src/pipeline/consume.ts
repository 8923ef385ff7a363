/**
 * The consume loop: records of the topic are decoded, shown and only then committed. What cannot be decoded goes to
 * the dead-letter topic first, if there is one, and is told in any case. At least once: a crash between showing and committing shows a record again.
 */
import type { ConsumedBatch, ConsumedRecord, Position, RecordConsumer } from "../kafka/port.ts";
import type { Clock } from "../kernel/clock.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import type { RenderedRecord, Renderer } from "../render/renderer.ts";
import type { DecodeOutcome, PrintingDecoder, RecordDecoder, WriterIdentity } from "../serde/decoder.ts";
import type { Log } from "../telemetry/log.ts";
import { addTo, type ConsumeTally } from "../telemetry/tally.ts";
import { createCommitter } from "./committer.ts";
import {
  countDeadLetter,
  createDeadLetterNotice,
  type DeadLetterWriter,
  type PendingDeadLetter,
  PipelineError,
} from "./dead-letter.ts";
import { createEndWatch } from "./end-watch.ts";
import type { OnError } from "./on-error.ts";
import type { TextSink } from "./presenter.ts";
import { createShowing } from "./showing.ts";
import { watchSink } from "./watch-sink.ts";

export interface ConsumePorts {
  readonly consumer: RecordConsumer;
  readonly decoder: RecordDecoder<unknown> | PrintingDecoder<unknown>;
  readonly renderer: Renderer;
  readonly sink: TextSink;
  /** Whether a record is shown; those left out are counted, and committed as read. Without it all are. */
  readonly filter?: ((record: RenderedRecord) => boolean) | undefined;
  /**
   * Opened at the first dead letter: most runs have none and need no right to write. null for a run that only looks:
   * it would write the same dead letters each time.
   */
  readonly openDeadLetters: (() => Promise<DeadLetterPort>) | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly tally: ConsumeTally;
}

export interface DeadLetterPort {
  readonly writer: DeadLetterWriter;
  /** Resolves when the brokers have it. */
  send(letters: readonly PendingDeadLetter[]): Promise<void>;
}

export interface ConsumeOptions {
  /**
   * What becomes of a record that cannot be read. Default `dead-letter`, which without a place for them tells and
   * counts it as `skip` does, only not each.
   */
  readonly onError?: OnError | undefined;
  /** Fingerprint of the reader schema, kept in dead letters. */
  readonly readerFingerprint: string;
  /** Stops before these positions, by partition; a partition that is not named is not waited for. */
  readonly ends?: ReadonlyMap<number, number> | undefined;
  /**
   * Waits for the ends of the partitions that the group gives to this member, and not for those of the others: without
   * commits it does not get to know what they have read. Default false.
   */
  readonly ownShareOnly?: boolean | undefined;
  /** Stops after that many records were handed to the renderer. */
  readonly maxRecords?: number | undefined;
  /**
   * Where partitions start that the group has no position for; stored at once, so that a member that comes back, or
   * the next run, goes on there and not at what is then the beginning or the end. Asked when the group has been joined:
   * what another member has stored until then must not be taken back.
   */
  readonly starts?: (() => Promise<readonly Position[]>) | undefined;
  /** How far the group is, by partition, whoever read it; asked while `ends` are waited for. */
  readonly progress?: (() => Promise<ReadonlyMap<number, number>>) | undefined;
  readonly batchIntervalMs: number;
  readonly batchRows?: number | undefined;
  /** Told why the registry is waited for, and null once it has answered. */
  readonly onRegistry?: ((reason: string | null) => void) | undefined;
  readonly signal: AbortSignal;
}

export type ConsumeEnd = "signal" | "limit" | "end-of-topic";

const lastCommitMs = 5000;
const maxRetryWaitMs = 10_000;

/**
 * Runs until stopped; then what was taken is shown and committed. Rejects with the first error of a port; what was
 * shown before the sink failed is committed first.
 */
export async function consume(ports: ConsumePorts, options: ConsumeOptions): Promise<ConsumeEnd> {
  const { consumer, log, tally, clock } = ports;
  const { maxRecords = Number.POSITIVE_INFINITY, signal } = options;
  const watch = createEndWatch({
    ends: options.ends,
    progress: options.progress,
    ownShareOnly: options.ownShareOnly === true,
    clock,
    log,
    onThrough: () => finish("end-of-topic"),
  });
  // The last commit, of the shutdown, tells why.
  const committer = createCommitter(consumer, clock, () => finish("limit"));
  const output = watchSink(ports.sink, () => finish("limit"));
  const showing = createShowing({
    decoder: ports.decoder,
    filter: ports.filter,
    renderer: ports.renderer,
    sink: output.sink,
    clock,
    tally,
    batchIntervalMs: options.batchIntervalMs,
    batchRows: options.batchRows,
    onReached: (position) => committer.reached(position),
    onHidden: (rows, batch) => log.info(`batch ${batch}: ${rows} more rows are not shown; --rows shows more`),
  });
  const { onError = "dead-letter" } = options;
  const openDeadLetters = onError === "dead-letter" ? ports.openDeadLetters : null;
  const announce = createDeadLetterNotice(
    log,
    onError === "skip" ? "skipped" : openDeadLetters === null ? "undecodable" : "dead letter",
  );
  let taken = 0;
  /** Whether something was taken and not shown yet. */
  let isHolding = false;
  let end: ConsumeEnd | null = null;
  /** Aborted with the first reason to end. */
  const ending = new AbortController();
  let failure: PipelineError | undefined;
  let deadLetters: Promise<DeadLetterPort> | undefined;

  const show = (after: Position): Promise<void> => {
    isHolding = false;
    return showing.show(after);
  };
  let underWay: Promise<void> = Promise.resolve();
  let shutdown: Promise<void> | undefined;

  /** Shows and commits what was taken while this member still owns its partitions, then leaves the group. */
  const shutDown = async () => {
    await underWay.catch(() => {});
    try {
      await showing.end().catch(unlessOutputFailed);
      await commitLast().catch((error: unknown) => {
        unlessOutputFailed(error);
        log.warn(`the last positions were not stored: the group may see records again`, {
          error: describeCause(error),
        });
      });
    } finally {
      await consumer.stop();
    }
  };
  /** That is what the run ends with then, whatever else does not come to its end. */
  const unlessOutputFailed = (error: unknown) => {
    if (output.failure === undefined) throw error;
  };
  /** A broker that does not answer must not keep the run from ending. */
  const commitLast = async () => {
    let cancel = () => {};
    const late = new Promise<"late">((resolve) => {
      cancel = clock.after(lastCommitMs, () => resolve("late"));
    });
    const committed = committer.commit();
    committed.catch(() => {});
    const outcome = await Promise.race([committed, late]);
    cancel();
    if (outcome !== "late") return;
    log.warn(
      `the brokers did not store the last positions within ${lastCommitMs / 1000} s: the group may see records again`,
    );
  };
  const finish = (reason: ConsumeEnd) => {
    if (end !== null) return;
    end = reason;
    ending.abort();
    // Awaited at the end: a batch that asks for it must return first.
    shutdown = shutDown();
    shutdown.catch(() => {});
  };

  const giveUp = async (record: ConsumedRecord, outcome: Undecodable) => {
    const reason = {
      stage: "decode",
      code: outcome.code,
      message: outcome.message,
      writerId: outcome.writerId,
      readerFingerprint: options.readerFingerprint,
    } as const;
    if (onError === "fail") {
      tally.undecodable++;
      failure = failAt(record, outcome);
      return;
    }
    announce(reason, record);
    if (openDeadLetters === null) {
      tally.undecodable++;
      return;
    }
    deadLetters ??= openDeadLetters();
    const { writer, send } = await deadLetters;
    await send([writer.fromRecord(record, reason)]);
    countDeadLetter(tally, reason);
  };

  const onBatch = async (batch: ConsumedBatch) => {
    const bound = watch.boundOf(batch.partition);
    // Kafka reads on behind a batch that was cut off: its position would pass over what was not shown.
    if (end !== null || watch.isRead(batch.partition)) return;
    let nextOffset = batch.nextOffset;
    // Records of one writer follow one another, and are counted together.
    let writer: WriterIdentity | null = null;
    let ofWriter = 0;
    const countVersion = () => {
      if (writer !== null) addTo(tally.versions, String(writer.version ?? "unknown"), ofWriter);
      ofWriter = 0;
    };
    for (const record of batch.records) {
      if (end !== null || record.offset >= bound || taken >= maxRecords) {
        nextOffset = record.offset;
        break;
      }
      tally.consumed++;
      const decoding = showing.decoder.decode(record.value, record.headers);
      const outcome = decoding instanceof Promise ? await persist(decoding, record, batch) : decoding;
      if (outcome === null) {
        nextOffset = record.offset;
        break;
      }
      switch (outcome.kind) {
        case "record": {
          if (outcome.writer !== writer) {
            countVersion();
            writer = outcome.writer;
          }
          ofWriter++;
          if (!showing.take(record, outcome)) {
            tally.filtered++;
            break;
          }
          taken++;
          isHolding = true;
          if (showing.isFull) await show(positionAt(batch, record.offset + 1));
          break;
        }
        case "tombstone":
          tally.tombstones++;
          break;
        case "undecodable":
          // Shown first, so that positions stay in order.
          await show(positionAt(batch, record.offset));
          await giveUp(record, outcome);
          break;
      }
      if (failure !== undefined) {
        nextOffset = record.offset;
        break;
      }
    }
    countVersion();
    await show(positionAt(batch, nextOffset));
    tally.positions.set(batch.partition, nextOffset);
    tally.lags.set(batch.partition, Math.max(0, batch.highWatermark - nextOffset));
    // The limit and the failure end alike: what was taken is shown and committed.
    if (taken >= maxRecords || failure !== undefined) finish("limit");
    if (failure === undefined) watch.reached(batch.partition, batch.nextOffset);
  };

  /** Waits out a registry that is away; null when the run ends first. */
  const persist = async (
    decoding: Promise<DecodeOutcome<unknown>>,
    record: ConsumedRecord,
    batch: ConsumedBatch,
  ): Promise<DecodeOutcome<unknown> | null> => {
    let attempt = decoding;
    for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, maxRetryWaitMs)) {
      try {
        const outcome = await attempt;
        options.onRegistry?.(null);
        return outcome;
      } catch (error) {
        if (!(error instanceof BirdwireError) || !error.retriable) throw error;
        log.warn(`${error.message}; trying again in ${waitMs / 1000} s`);
        options.onRegistry?.(error.message);
        // What came before is not kept from being seen.
        if (isHolding) await show(positionAt(batch, record.offset));
        await clock.sleep(waitMs, ending.signal).catch(() => {});
        if (ending.signal.aborted) return null;
        await batch.heartbeat();
        attempt = Promise.resolve(showing.decoder.decode(record.value, record.headers));
      }
    }
  };

  /** What was taken is shown and committed, so that no other member shows it again. */
  const handOver = async () => {
    try {
      await underWay;
      // Its last commit is on its way, and would come too late behind the request to join.
      if (end !== null) return await shutdown;
      await showing.end();
    } catch {
      // Of a batch or the sink: the run ends with it by itself.
      return;
    }
    await committer.commitNow();
  };
  const storeStarts = async () => {
    if (options.starts === undefined) return;
    await consumer.joined();
    const starts = (await options.starts()).filter((start) => !committer.knows(start));
    if (starts.length === 0 || end !== null) return;
    await consumer.commit(starts);
    log.debug("starts are stored", { partitions: starts.length });
  };

  const onAbort = () => finish("signal");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    if (ports.renderer.head !== undefined) {
      await output.sink.write(ports.renderer.head).catch(unlessOutputFailed);
    }
    watch.start();
    if (end === null) {
      storeStarts().catch((error: unknown) => {
        log.debug("the starts are not stored", { error: describeCause(error) });
      });
      await consumer.run(
        (batch) => {
          // One that waits for a registry or for brokers does not hold up the end.
          underWay = output.untilFailed(onBatch(batch));
          return underWay;
        },
        {
          onAssigned: (partitions) => watch.assigned(new Set(partitions.map(({ partition }) => partition))),
          onRevoke: handOver,
        },
      );
    }
    await shutdown;
  } finally {
    watch.stop();
    committer.close();
    signal.removeEventListener("abort", onAbort);
  }
  if (output.failure !== undefined) {
    // Read is not shown: what is left behind that is not known.
    tally.lags.clear();
    throw output.failure.error;
  }
  if (failure !== undefined) throw failure;
  return end ?? "signal";
}

function failAt({ topic, partition, offset }: ConsumedRecord, outcome: Undecodable): PipelineError {
  const { code, message, writerId } = outcome;
  return new PipelineError(
    "undecodable-record",
    `${topic}, partition ${partition}, offset ${offset}: ${code}: ${message}`,
    { details: { topic, partition, offset, reason: code, writerId } },
  );
}

type Undecodable = Extract<DecodeOutcome<unknown>, { kind: "undecodable" }>;

function positionAt(batch: ConsumedBatch, nextOffset: number): Position {
  return { topic: batch.topic, partition: batch.partition, nextOffset };
}
