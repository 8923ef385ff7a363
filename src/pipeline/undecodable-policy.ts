/**
 * What a program that iterates over records has done with those that cannot be read: the policies of `--on-error`.
 */
import type { ConsumedRecord } from "../kafka/port.ts";
import type { DecodeOutcome } from "../serde/decoder.ts";
import type { Log } from "../telemetry/log.ts";
import type { DeadLetterPort } from "./consume.ts";
import { createDeadLetterNotice } from "./dead-letter.ts";
import type { OnError } from "./on-error.ts";

export type Undecodable = Extract<DecodeOutcome<never>, { kind: "undecodable" }>;

/** Resolves when the record may be passed; a rejection ends the iteration before it. */
export type TakeUndecodable = (record: ConsumedRecord, outcome: Undecodable) => void | Promise<void>;

export interface UndecodablePolicyOptions {
  readonly onError: Exclude<OnError, "fail">;
  /** Fingerprint of the reader schema, kept in dead letters. */
  readonly readerFingerprint: string;
  /** Asked at the first dead letter. */
  readonly openDeadLetters: () => Promise<DeadLetterPort>;
  readonly log: Log;
  /** Told of each, once the policy has dealt with it. */
  readonly onUndecodable?: TakeUndecodable | undefined;
}

export function createUndecodablePolicy(options: UndecodablePolicyOptions): TakeUndecodable {
  const { onError, readerFingerprint, log, onUndecodable } = options;
  const announce = createDeadLetterNotice(log, onError === "skip" ? "skipped" : "dead letter");
  let opened: Promise<DeadLetterPort> | undefined;
  return async (record, outcome) => {
    const { code, message, writerId } = outcome;
    const reason = { stage: "decode", code, message, writerId, readerFingerprint } as const;
    if (onError === "dead-letter") {
      opened ??= options.openDeadLetters();
      const { writer, send } = await opened;
      await send([writer.fromRecord(record, reason)]);
    }
    announce(reason, record);
    await onUndecodable?.(record, outcome);
  };
}
