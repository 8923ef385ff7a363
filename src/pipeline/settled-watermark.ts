/**
 * How far a source is dealt with: the last post of which it is true that it, and every post before it, was
 * acknowledged by the brokers or needed no record. What is sent goes two ways, each in its own order and pace.
 */
import type { PostOrigin } from "../source/port.ts";

export interface SettledWatermark {
  /** Posts up to `origin` were handed on and became so many records, behind all that was handed on before. */
  handedOn(origin: PostOrigin, records: Readonly<Record<Way, number>>): void;
  /** So many more were acknowledged. */
  acknowledged(way: Way, count: number): void;
}

export type Way = "tweets" | "letters";

/** Calls back whenever the mark moves on. */
export function createSettledWatermark(onSettled: (origin: PostOrigin) => void): SettledWatermark {
  const handed = { tweets: 0, letters: 0 };
  const done = { tweets: 0, letters: 0 };
  let marks: { readonly origin: PostOrigin; readonly tweets: number; readonly letters: number }[] = [];

  const advance = () => {
    let passed = 0;
    for (const { tweets, letters } of marks) {
      if (tweets > done.tweets || letters > done.letters) break;
      passed++;
    }
    const last = marks[passed - 1];
    if (last === undefined) return;
    marks = marks.slice(passed);
    onSettled(last.origin);
  };

  return {
    handedOn(origin, { tweets, letters }) {
      handed.tweets += tweets;
      handed.letters += letters;
      marks.push({ origin, ...handed });
      advance();
    },
    acknowledged(way, count) {
      done[way] += count;
      advance();
    },
  };
}
