/**
 * Which rules of an app a post matches, and how its frame ends because of it.
 */
import type { PostFacts } from "../../rules/post-facts.ts";
import type { ActiveRule } from "./rule-store.ts";

export interface Outcome {
  /** Tags of the rules that matched; `""` for a rule without one. */
  readonly tags: readonly string[];
  /** What follows the post's own members in its frame, with the line's end. */
  readonly frameEnd: string;
}

/** Null: no rule matches. */
export type Judge = (post: PostFacts, rules: readonly ActiveRule[]) => Outcome | null;

/** The same few combinations of rules match again and again. */
const rememberedOutcomes = 10_000;

export function createJudge(): Judge {
  const outcomes = new Map<string, Outcome>();
  let known: readonly ActiveRule[] = [];
  return (post, rules) => {
    if (known !== rules) {
      known = rules;
      outcomes.clear();
    }
    let key = "";
    for (let i = 0; i < rules.length; i++) if (rules[i]?.matches(post) === true) key += `${i},`;
    if (key === "") return null;
    let outcome = outcomes.get(key);
    if (outcome === undefined) {
      const matching = key.split(",").flatMap((i) => (i === "" ? [] : (rules[Number(i)] ?? [])));
      const entries = matching.map(({ id, tag }) => ({ id, tag: tag ?? "" }));
      outcome = {
        tags: entries.map(({ tag }) => tag),
        frameEnd: `,"matching_rules":${JSON.stringify(entries)}}\r\n`,
      };
      if (outcomes.size < rememberedOutcomes) outcomes.set(key, outcome);
    }
    return outcome;
  };
}
