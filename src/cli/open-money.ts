/**
 * What X costs, for one run: the file of the day in the state folder, what the topic knows of it, and the guard that
 * counts on.
 */
import { createHash } from "node:crypto";
import type { ConsumedRecord } from "../kafka/port.ts";
import type { PostId } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import { openStateFolder } from "../kernel/state-folder.ts";
import { createMoneyGuard, type MoneyGuard } from "../pipeline/money-guard.ts";
import { openSpendBook, utcDayOf } from "../pipeline/spend-book.ts";
import type { Log } from "../telemetry/log.ts";
import { prices } from "../telemetry/spend.ts";
import type { SpendTally } from "../telemetry/tally.ts";

export interface MoneySettings {
  readonly statePath: string;
  readonly marginMs: number;
}

export interface Money {
  readonly guard: MoneyGuard;
  /** Of the records that this app's posts become, by which the topic can tell what was read. */
  readonly headers: Readonly<Record<string, string>>;
  /** The topic has to be read, since nothing else tells what was spent today. */
  readonly needsTopic: boolean;
  /** Takes note of what was produced today. */
  recall(id: PostId, record: ConsumedRecord): void;
  /** After the last recall. Throws as `guard.checkLeft`, and StateError. */
  recalled(): Promise<void>;
  /** How many posts may wait before X is held back: few where little is left. */
  readonly maxQueued: number;
}

export interface MoneyRun {
  readonly settings: MoneySettings;
  readonly tally: SpendTally;
  readonly xUrl: string;
  readonly token: string;
  readonly clock: Clock;
  readonly log: Log;
}

const appHeader = "birdwire-app";
const maxQueued = 10_000;
const minQueued = 50;
/** What waits is read already: no more of it than that part of what is left. */
const queuedPart = 0.1;

/**
 * Throws StateError when a budget is set and the folder cannot be written, and PipelineError `budget-spent` when the
 * file of the day says so already.
 */
export async function openMoney({ settings, tally, xUrl, token, clock, log }: MoneyRun): Promise<Money> {
  const app = identifyApp(xUrl, token);
  const day = utcDayOf(clock.now());
  const folder = await openStateFolder(settings.statePath).catch((error: unknown) => {
    if (tally.budgetMills !== null) throw error;
    log.warn("what X costs is not kept for later runs", { reason: describeCause(error) });
    return null;
  });
  const book = await openSpendBook({ folder, app, day, log, shares: tally.budgetMills === null });
  const guard = createMoneyGuard({ book, tally, marginMs: settings.marginMs, clock, log });
  guard.checkLeft();
  let recalledPosts = 0;
  return {
    guard,
    headers: { [appHeader]: app },
    needsTopic: book.isNew && tally.budgetMills !== null,
    recall(id, record) {
      const isOurs = record.headers[appHeader]?.toString() === app;
      if (!isOurs || record.value === null || utcDayOf(record.timestampMs) !== day) return;
      recalledPosts++;
      guard.seen(id);
    },
    async recalled() {
      if (recalledPosts > book.reads.posts) {
        log.warn("there is no file of what was spent today; the topic has posts that were read", {
          posts: recalledPosts,
        });
        book.raiseTo(recalledPosts);
        await book.save();
      }
      guard.checkLeft();
    },
    get maxQueued() {
      const { budgetMills, todayMills } = tally;
      if (budgetMills === null) return maxQueued;
      const left = ((budgetMills - todayMills) / prices.post) * queuedPart;
      return Math.round(Math.min(maxQueued, Math.max(minQueued, left)));
    },
  };
}

/** Stands for an app of X without telling its token. */
function identifyApp(xUrl: string, token: string): string {
  return createHash("sha256").update(`${xUrl}\n${token}`).digest("hex").slice(0, 16);
}
