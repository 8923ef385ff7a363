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
  /** One post was read. */
  count(): void;
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
  /** Dollars; null: no end of them. */
  readonly credits: number | null;
}

/** Thousandths of a dollar: sums stay whole numbers. */
const millsAPost = 5;
const dayMs = 86_400_000;
const rememberedDays = 90;

export function createUsageMeter({ clock, postsPerMonth, credits }: UsageMeterOptions): UsageMeter {
  const days = new Map<number, number>();
  const millsAtStart = credits === null ? null : Math.round(credits * 1000);
  let monthEndsAtMs = Number.NEGATIVE_INFINITY;
  let posts = 0;
  let spentMills = 0;

  const turnMonth = () => {
    const nowMs = clock.now();
    if (nowMs < monthEndsAtMs) return;
    const now = new Date(nowMs);
    monthEndsAtMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
    posts = 0;
  };
  const millsLeft = () => (millsAtStart === null ? null : Math.max(0, millsAtStart - spentMills));

  return {
    count() {
      turnMonth();
      posts++;
      spentMills += millsAPost;
      const day = Math.floor(clock.now() / dayMs);
      const counted = days.get(day);
      days.set(day, (counted ?? 0) + 1);
      if (counted !== undefined || days.size <= rememberedDays) return;
      for (const old of days.keys()) if (old <= day - rememberedDays) days.delete(old);
    },
    get state() {
      turnMonth();
      const left = millsLeft();
      if (left !== null && left < millsAPost) return "credits-depleted";
      return postsPerMonth !== null && posts >= postsPerMonth ? "usage-capped" : "open";
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
      return [...days]
        .filter(([day]) => day > today - wanted)
        .map(([day, count]) => ({ date: new Date(day * dayMs).toISOString(), posts: count }));
    },
    reset() {
      days.clear();
      posts = 0;
      spentMills = 0;
    },
  };
}
