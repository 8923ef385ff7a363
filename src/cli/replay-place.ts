/**
 * Where a replay of a file has come to, kept in the state folder: for each file, topic and cluster the last line that
 * the brokers have acknowledged together with all before it.
 */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import { openStateFolder, type StateFolder } from "../kernel/state-folder.ts";
import { describeChange, type FileIdentity, identifyFile } from "../source/file-identity.ts";
import type { PostOrigin } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import { UsageError } from "./usage-error.ts";

export interface ReplayPlaceOptions {
  readonly file: string;
  readonly topic: string;
  readonly brokers: readonly string[];
  readonly statePath: string;
  /** Goes on where an earlier run stopped. */
  readonly resume: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ReplayPlace {
  /** Lines up to here were acknowledged by an earlier run; 0 starts at the first. */
  readonly afterLine: number;
  /** The whole file was. */
  readonly isComplete: boolean;
  /** The post and all before it are acknowledged. */
  settled(origin: PostOrigin): void;
  /** Keeps the place; `isComplete` when the file was read to its end. */
  end(isComplete: boolean): Promise<void>;
}

const placeSchema = z.object({
  file: z.string(),
  topic: z.string(),
  brokers: z.array(z.string()),
  identity: z.object({ size: z.number(), changedMs: z.number(), headHash: z.string() }),
  line: z.int().min(0),
  isComplete: z.boolean(),
});
type StoredPlace = z.output<typeof placeSchema>;

const keepIntervalMs = 1000;

/** Keeps nothing, for what cannot be read again. */
export const noReplayPlace: ReplayPlace = {
  afterLine: 0,
  isComplete: false,
  settled() {},
  end: () => Promise.resolve(),
};

/** Throws UsageError when the place is of a file that has changed, or there can be none; StateError under `resume`. */
export async function openReplayPlace(options: ReplayPlaceOptions): Promise<ReplayPlace> {
  const { file, topic, brokers, resume, log, clock } = options;
  const identity = await identifyFile(file).catch(() => null);
  if (identity === null) {
    if (!resume) return noReplayPlace;
    throw new UsageError("usage", `--resume: ${file} is no file that can be read again`);
  }
  const path = await realpath(file);
  const name = `replay/${hashOf([path, topic, ...[...brokers].sort()])}.json`;
  // Opened when there is something to keep: most replays are over before that.
  let folder = resume ? await openStateFolder(options.statePath) : null;
  const earlier = folder === null ? null : await readPlace(folder, name);
  if (resume && earlier === null) {
    log.info(`no earlier replay of ${file} to ${topic} is known here: it starts at its first line`);
  }
  if (earlier !== null) checkIdentity(file, earlier.identity, identity);

  let line = earlier?.line ?? 0;
  let keptLine = line;
  let lastKeptMs = clock.now();
  let isLong = false;
  let isTold = false;
  let keeping: Promise<void> = Promise.resolve();
  const keep = (isComplete: boolean) => {
    keptLine = line;
    lastKeptMs = clock.now();
    const place: StoredPlace = { file: path, topic, brokers: [...brokers], identity, line, isComplete };
    keeping = keeping.then(async () => {
      try {
        folder ??= await openStateFolder(options.statePath);
        await folder.write(name, `${JSON.stringify(place, null, 2)}\n`);
      } catch (error) {
        if (!isTold) log.warn(`the place of the replay is not kept: ${describeCause(error)}`);
        isTold = true;
      }
    });
    return keeping;
  };

  return {
    afterLine: line,
    isComplete: earlier?.isComplete ?? false,
    settled(origin) {
      if (origin.kind !== "replay") return;
      line = origin.line;
      if (clock.now() - lastKeptMs < keepIntervalMs) return;
      isLong = true;
      void keep(false);
    },
    async end(isComplete) {
      // A short replay that went through leaves nothing behind, nor does one that came to nothing.
      const isWorthKeeping = isComplete ? isLong || earlier !== null : line > keptLine;
      if (isWorthKeeping) await keep(isComplete);
      await keeping;
    },
  };
}

async function readPlace(folder: StateFolder, name: string): Promise<StoredPlace | null> {
  const text = await folder.read(name);
  if (text === null) return null;
  try {
    return placeSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(
      "usage",
      `${folder.path}/${name} holds no place of a replay; without --resume it is written anew`,
    );
  }
}

function checkIdentity(file: string, before: FileIdentity, now: FileIdentity): void {
  const change = describeChange(before, now);
  if (change === null) return;
  throw new UsageError(
    "usage",
    `--resume: ${file} ${change} since the replay that would be resumed; without --resume it starts over`,
  );
}

function hashOf(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
