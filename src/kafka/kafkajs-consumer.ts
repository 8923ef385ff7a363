/**
 * The consumer over kafkajs: where it reads and what it commits are two things, a crash that may pass is ridden out
 * with a new member, one that may not ends `run`.
 */
import { createSystemClock } from "../kernel/clock.ts";
import { KafkaError } from "./error.ts";
import { type ErrorContext, toKafkaError } from "./kafkajs-errors.ts";
import { type KafkaJsSettings, within } from "./kafkajs-link.ts";
import {
  type Assignment,
  type Member,
  type MemberEvents,
  openMember,
  ownPositions,
  toTopicPartitions,
} from "./kafkajs-member.ts";
import { createPositionKeeper } from "./kafkajs-positions.ts";
import type { ConsumedBatch, ConsumerOptions, Position, RecordConsumer, ShareEvents } from "./port.ts";

const firstPauseMs = 200;
const maxPauseMs = 5000;

/** Rejects with KafkaError when no broker can be reached or a topic is unknown. */
export async function openKafkaJsConsumer(
  settings: KafkaJsSettings,
  options: ConsumerOptions,
): Promise<RecordConsumer> {
  const { brokers, log, outageTimeoutMs, closeTimeoutMs } = settings;
  const { groupId, startAt } = options;
  const clock = createSystemClock();
  const context: ErrorContext = {
    doing: `read ${options.topics.join(", ")} as group ${groupId}`,
    brokers,
    groupId,
  };
  const halted = new AbortController();
  const joined = createDeferred();
  const ended = createDeferred();

  const kept = options.commits === false ? createPositionKeeper() : null;

  let handler: ((batch: ConsumedBatch) => Promise<void>) | null = null;
  let share: ShareEvents = {};
  let assignment: Assignment | null = null;
  let busy = false;
  let hasLeft = false;
  let failure: { readonly error: unknown } | null = null;
  let closing: Promise<void> | null = null;
  let commitLane: Promise<void> = Promise.resolve();
  let outage: { readonly sinceMs: number; pauseMs: number; failures: number } | null = null;

  /** Hands out no further batch; `run` ends as soon as none is being handled. */
  const halt = (cause: { readonly error: unknown } | null = null) => {
    failure ??= cause;
    halted.abort();
    member?.pause();
    settle();
  };
  const settle = () => {
    if (!halted.signal.aborted || busy) return;
    if (failure === null) ended.resolve();
    else ended.reject(failure.error);
    joined.reject(
      failure?.error ?? new KafkaError("closed", `cannot ${context.doing}: the consumer was stopped`),
    );
  };

  const events: MemberEvents = {
    onAssigned(given) {
      assignment = given;
      if (!halted.signal.aborted) share.onAssigned?.(toTopicPartitions(given));
      if (startAt === "earliest") joined.resolve();
    },
    async onRevoke() {
      if (!halted.signal.aborted) await share.onRevoke?.();
    },
    onPositioned() {
      if (outage !== null && outage.failures > 1) log.info("reading from Kafka again", { groupId });
      outage = null;
      options.onOutage?.(null);
      joined.resolve();
    },
    async onBatch(batch) {
      if (halted.signal.aborted || handler === null) return false;
      busy = true;
      try {
        await handler(batch);
        kept?.handled(batch);
        return true;
      } catch (error) {
        failure ??= { error };
        return false;
      } finally {
        busy = false;
        if (failure !== null) halt();
        settle();
      }
    },
    onCrash(thrown) {
      assignment = null;
      if (halted.signal.aborted) return;
      const error = toKafkaError(thrown, context);
      if (error.retriable) recover(error).catch((unexpected: unknown) => halt({ error: unexpected }));
      else halt({ error: asCrash(error) });
    },
  };

  /** Replaces the crashed member until one works, the consumer is stopped, or the outage has lasted too long. */
  const recover = async (crash: KafkaError) => {
    let error = crash;
    outage ??= { sinceMs: clock.now(), pauseMs: firstPauseMs, failures: 0 };
    // A coordinator that is still loading is a matter of a moment and nothing to warn of.
    const told = ++outage.failures === (error.code === "broker-unreachable" ? 1 : 2);
    log[told ? "warn" : "debug"](`${error.message}; trying again`, { groupId });
    options.onOutage?.(error.message);
    await member?.close();
    member = null;
    while (!halted.signal.aborted) {
      if (clock.now() - outage.sinceMs >= outageTimeoutMs) return halt({ error });
      await clock.sleep(outage.pauseMs, halted.signal).catch(() => {});
      outage.pauseMs = Math.min(outage.pauseMs * 2, maxPauseMs);
      if (halted.signal.aborted) return;
      try {
        member = await openMember(settings, options, events, kept);
      } catch (thrown) {
        error = toKafkaError(thrown, context);
        // The topic was there when the consumer was opened: a broker that just came back may not know it yet.
        if (!error.retriable && error.code !== "unknown-topic") return halt({ error: asCrash(error) });
        continue;
      }
      if (!halted.signal.aborted) member.start();
      return;
    }
  };

  const store = async (positions: readonly Position[]) => {
    const committing = { ...context, doing: `commit offsets of group ${groupId}` };
    if (hasLeft) throw new KafkaError("closed", `cannot ${committing.doing}: the consumer is closed`);
    if (kept !== null) return kept.keep(positions);
    const own = assignment === null ? [] : ownPositions(assignment, positions);
    try {
      const stored = own.length > 0 && (await member?.commit(own)) === true;
      if (stored && own.length === positions.length) return;
      log.debug("offsets of partitions that are not this member's now are not committed", { groupId });
    } catch (thrown) {
      const error = toKafkaError(thrown, committing);
      if (!error.retriable) throw error;
      // Not an error of the caller's: what is not committed is read again, as at least once allows.
      log[error.code === "rebalance-in-progress" ? "debug" : "warn"](
        `${error.message}; they will be read again`,
      );
    }
  };

  const close = async () => {
    halt();
    const handled = handler === null ? Promise.resolve() : ended.promise;
    await within(closeTimeoutMs, Promise.allSettled([handled, commitLane]));
    hasLeft = true;
    await member?.close();
    member = null;
  };

  let member: Member | null = await openMember(settings, options, events, kept);

  return {
    run(onBatch, shareEvents = {}) {
      if (handler !== null || closing !== null || member === null) {
        return Promise.reject(
          new KafkaError("closed", `cannot ${context.doing}: run can be called once, before closing`),
        );
      }
      handler = onBatch;
      share = shareEvents;
      member.start();
      return ended.promise;
    },
    joined: () => joined.promise,
    commit(positions) {
      const stored = commitLane.then(() => store(positions));
      commitLane = stored.catch(() => {});
      return stored;
    },
    stop() {
      halt();
      return Promise.resolve();
    },
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

function asCrash(error: KafkaError): KafkaError {
  if (error.code !== "kafka-failed") return error;
  return new KafkaError("consumer-crashed", error.message, { details: error.details, cause: error.cause });
}

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** A promise settled from outside; nobody has to listen to its rejection. */
function createDeferred(): Deferred {
  let resolve = () => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => {});
  return { promise, resolve: () => resolve(), reject: (error) => reject(error) };
}
