/**
 * What an app has read and what that cost: posts by UTC day and by calendar month (UTC), the monthly cap, and prepaid
 * credits. A post that goes to both of an app's redundant connections is read once; a post of the same day that
 * backfill brings again is not counted by its caller. Source: x-api facts 1.8.
 *
 * [unv] that the cap follows the calendar month (X's follows the day the app was made), and that only posts are
 * charged: expanded users are free here.
 */
import type { Clock } from "../../kernel/clock.ts";

export type UsageState = "open" | "usage-capped" | "credits-depleted";

export interface UsageDay {
  /** Midnight UTC, ISO 8601. */
  readonly date: string;
  readonly posts: number;
}

export interface UsageMeter {
  /** One post was read. True: it was the last that the app could. */
  count(): boolean;
  readonly state: UsageState;
  /** Posts of this month. */
  readonly posts: number;
  /** Null: the tier has no cap. */
  readonly cap: number | null;
  /** Dollars; null: the app has as many as it needs. */
  readonly creditsLeft: number | null;
  /** Days until the month's count begins anew. */
  readonly daysToReset: number;
  /** The last `days` days with today, oldest first, without those on which nothing was read. */
  history(days: number): readonly UsageDay[];
  /** Sets everything back to the start. */
  reset(): void;
}

export interface UsageMeterOptions {
  readonly clock: Clock;
  readonly postsPerMonth: number | null;
  /** False: the cap is told, and nothing stops at it. Default true. */
  readonly stopsAtCap?: boolean;
  /** Dollars; null: no end of them. */
  readonly credits: number | null;
}

/** Thousandths of a dollar: sums stay whole numbers. */
const millsAPost = 5;
const dayMs = 86_400_000;
const rememberedDays = 90;

export function createUsageMeter(options: UsageMeterOptions): UsageMeter {
  const { clock, postsPerMonth, stopsAtCap = true, credits } = options;
  const maxPosts = stopsAtCap && postsPerMonth !== null ? postsPerMonth : Number.POSITIVE_INFINITY;
  const days = new Map<number, number>();
  const millsAtStart = credits === null ? null : Math.round(credits * 1000);
  const maxMills = millsAtStart ?? Number.POSITIVE_INFINITY;
  let monthEndsAtMs = Number.NEGATIVE_INFINITY;
  let posts = 0;
  let spentMills = 0;
  /** The day that is counted now, in days since the epoch, and its posts, which `days` does not have yet. */
  let day = Number.NEGATIVE_INFINITY;
  let postsOfDay = 0;

  const turnDay = (nowMs: number) => {
    const today = Math.floor(nowMs / dayMs);
    if (today === day) return;
    if (postsOfDay > 0) days.set(day, (days.get(day) ?? 0) + postsOfDay);
    postsOfDay = 0;
    day = today;
    for (const old of days.keys()) if (old <= today - rememberedDays) days.delete(old);
  };
  const turnMonth = (nowMs = clock.now()) => {
    if (nowMs < monthEndsAtMs) return;
    const now = new Date(nowMs);
    monthEndsAtMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
    posts = 0;
  };
  const millsLeft = () => (millsAtStart === null ? null : Math.max(0, millsAtStart - spentMills));

  return {
    count() {
      const nowMs = clock.now();
      turnMonth(nowMs);
      turnDay(nowMs);
      posts++;
      postsOfDay++;
      spentMills += millsAPost;
      return posts >= maxPosts || maxMills - spentMills < millsAPost;
    },
    get state() {
      turnMonth();
      const left = millsLeft();
      if (left !== null && left < millsAPost) return "credits-depleted";
      return posts >= maxPosts ? "usage-capped" : "open";
    },
    get posts() {
      turnMonth();
      return posts;
    },
    cap: postsPerMonth,
    get creditsLeft() {
      const left = millsLeft();
      return left === null ? null : left / 1000;
    },
    get daysToReset() {
      turnMonth();
      return Math.ceil((monthEndsAtMs - clock.now()) / dayMs);
    },
    history(wanted) {
      const today = Math.floor(clock.now() / dayMs);
      const counted = postsOfDay > 0 ? [...days, [day, postsOfDay] as const] : [...days];
      return counted
        .filter(([counts]) => counts > today - wanted)
        .map(([counts, count]) => ({ date: new Date(counts * dayMs).toISOString(), posts: count }));
    },
    reset() {
      days.clear();
      postsOfDay = 0;
      posts = 0;
      spentMills = 0;
    },
  };
}
