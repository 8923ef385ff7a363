/**
 * Keeps what is read from X below a budget: counts before anything is produced, stops early enough for what is still
 * under way, and says what it came to.
 */
import type { PostId } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { describeCause } from "../kernel/error.ts";
import type { PostSource, SourcedPost } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";
import { costOf, formatMills, prices, type Reads } from "../telemetry/spend.ts";
import type { SpendTally } from "../telemetry/tally.ts";
import { createReadCounter } from "./count-reads.ts";
import { PipelineError } from "./dead-letter.ts";
import { nextUtcDayMs, type SpendBook, utcDayOf } from "./spend-book.ts";

export interface MoneyGuardOptions {
  readonly book: SpendBook;
  /** Counted up; has the budget. */
  readonly tally: SpendTally;
  /** How much of the current rate is kept for what X sends until it hears that it shall stop, in ms. */
  readonly marginMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface MoneyGuard {
  /** Throws PipelineError `budget-spent` when nothing is left of the day's budget, or an earlier run stopped for it. */
  checkLeft(): void;
  /** A post that was read earlier on this UTC day, and need not be paid again. */
  seen(id: PostId): void;
  /**
   * The same source, counted; what it gives out is on the disk as read. It ends when the budget is reached, or what was
   * read can no longer be kept, and throws `budget-spent` or that error after everything that was received. `backlog` tells how many posts wait in it.
   */
  watch(source: PostSource, backlog?: () => number): PostSource;
}

/** Without a budget the file is for later runs, and may lag behind. */
const lazySaveMs = 1000;

export function createMoneyGuard({ book, tally, marginMs, clock, log }: MoneyGuardOptions): MoneyGuard {
  const { budgetMills } = tally;
  const counter = createReadCounter();
  const recent = createRecentSum(marginMs);
  let savedAtMs = Number.NEGATIVE_INFINITY;
  let stopping = false;
  /** Of the day it was stopped on: what is received after midnight belongs to another. */
  let reached: PipelineError | null = null;
  tally.todayMills = costOf(book.reads);

  const turnTo = (day: string) => {
    if (stopping && budgetMills !== null) reached ??= budgetSpent(book, budgetMills, clock.now());
    book.turnTo(day);
    counter.reset();
  };

  const add = (post: SourcedPost, atMs: number) => {
    const { reads, tags } = counter.count(post);
    book.add(reads);
    addTo(tally.reads, reads);
    for (const tag of tags) {
      const ofTag = tally.byTag.get(tag) ?? { posts: 0, users: 0 };
      addTo(ofTag, reads);
      tally.byTag.set(tag, ofTag);
    }
    recent.add(atMs, costOf(reads));
  };

  const save = async (waiting: number) => {
    const nowMs = clock.now();
    if (budgetMills === null && nowMs - savedAtMs < lazySaveMs) return;
    savedAtMs = nowMs;
    book.expect(Math.ceil(openMills(waiting) / prices.post));
    await book.save();
  };

  /** At the end of a day, of which nothing is under way any more. */
  const saveLast = async () => {
    book.expect(0);
    await book.save();
  };

  /** What waits, and what is probably on its way. */
  const openMills = (waiting: number) => waiting * prices.post + recent.sum();

  return {
    checkLeft() {
      tally.todayMills = costOf(book.reads);
      if (budgetMills === null) return;
      const isStopped = book.stoppedAtMills !== null && budgetMills <= book.stoppedAtMills;
      if (isStopped || tally.todayMills + prices.post > budgetMills)
        throw budgetSpent(book, budgetMills, clock.now());
    },
    seen: (id) => counter.seen(id),
    watch(source, backlog = () => 0) {
      return {
        async *read(signal) {
          const enough = new AbortController();
          let failure: { readonly error: unknown } | null = null;
          /** What is not kept must not go on; what was received by then is paid for, and is handed on all the same. */
          const keep = async (work: () => Promise<void>) => {
            if (failure !== null) return;
            try {
              await work();
            } catch (error) {
              failure = { error };
              if (budgetMills === null) {
                log.warn("what X costs is no longer kept for later runs", { reason: describeCause(error) });
              } else {
                enough.abort();
              }
            }
          };
          try {
            for await (const posts of source.read(AbortSignal.any([signal, enough.signal]))) {
              const nowMs = clock.now();
              for (const post of posts) {
                const atMs = post.origin.kind === "x" ? post.origin.receivedAtMs : nowMs;
                const day = utcDayOf(atMs);
                if (day > book.day) {
                  await keep(saveLast);
                  turnTo(day);
                }
                add(post, atMs);
              }
              tally.todayMills = costOf(book.reads);
              if (budgetMills !== null && tally.todayMills + openMills(backlog()) >= budgetMills) {
                book.stopAt(budgetMills);
                stopping = true;
                enough.abort();
              }
              await keep(() => save(backlog()));
              yield posts;
            }
          } finally {
            // Whoever leaves early leaves behind what was read and not taken.
            book.expect(backlog());
            await keep(() => book.save());
            tally.todayMills = costOf(book.reads);
          }
          if (enough.signal.aborted && budgetMills !== null) {
            throw errorOf(failure) ?? reached ?? budgetSpent(book, budgetMills, clock.now());
          }
        },
        [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
      };
    },
  };
}

/** Apart, since the compiler takes a variable that only a closure assigns for one that keeps its first value. */
function errorOf(failure: { readonly error: unknown } | null): unknown {
  return failure?.error;
}

function addTo(sum: Reads, { posts, users }: Readonly<Reads>): void {
  sum.posts += posts;
  sum.users += users;
}

/** What was added within the last `spanMs`, as seen from the last addition; nothing where that is 0. */
function createRecentSum(spanMs: number) {
  const slices: { readonly atMs: number; amount: number }[] = [];
  /** So many slices at most. */
  const sliceMs = Math.max(1, spanMs / 50);
  let total = 0;
  return {
    add(atMs: number, amount: number) {
      if (spanMs === 0) return;
      const last = slices.at(-1);
      if (last !== undefined && atMs - last.atMs < sliceMs) last.amount += amount;
      else slices.push({ atMs, amount });
      total += amount;
      for (let first = slices[0]; first !== undefined && atMs - first.atMs >= spanMs; first = slices[0]) {
        total -= first.amount;
        slices.shift();
      }
    },
    sum: () => total,
  };
}

function budgetSpent(book: SpendBook, budgetMills: number, nowMs: number): PipelineError {
  const spentMills = costOf(book.reads);
  const beyondMills = spentMills - budgetMills;
  const nextMs = nextUtcDayMs(book.day);
  const rest =
    beyondMills > 0
      ? `${formatMills(beyondMills)} beyond it`
      : beyondMills + prices.post > 0
        ? "and what is left buys no post"
        : "and what is left is kept for what was under way";
  const spent = `${formatMills(spentMills)} were spent, ${rest}`;
  const next = new Date(nextMs).toISOString().replace(".000", "");
  return new PipelineError(
    "budget-spent",
    `the budget of ${formatMills(budgetMills)} for ${book.day} (UTC) is reached: ${spent}; the next day begins at ${next}, ${describeWait(nextMs - nowMs)}`,
    { details: { day: book.day, budgetMills, spentMills, nextDayMs: nextMs } },
  );
}

function describeWait(ms: number): string {
  const minutes = Math.max(0, Math.ceil(ms / 60_000));
  return minutes < 60 ? `in ${minutes} min` : `in ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
