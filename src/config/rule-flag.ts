/**
 * A rule as people type it: TAG=VALUE, split at the first "=".
 */
import { isStoredTag, ruleTagPrefix } from "../kernel/rule-tag.ts";
import { ConfigError } from "./load-config.ts";

export interface TaggedRule {
  readonly tag: string;
  /** The rule in X's rule language. */
  readonly value: string;
}

/** Throws ConfigError `invalid-rules` for a text without a tag or a value, or a tag that is used twice. */
export function parseRuleFlags(texts: readonly string[]): TaggedRule[] {
  const rules = texts.map((text) => {
    const at = text.indexOf("=");
    const tag = text.slice(0, Math.max(at, 0)).trim();
    const value = text.slice(at + 1).trim();
    if (at < 1 || tag === "" || value === "") {
      throw new ConfigError(
        "invalid-rules",
        `--rule ${JSON.stringify(text)} is not TAG=VALUE, for example --rule python=python`,
      );
    }
    if (isStoredTag(tag)) {
      throw new ConfigError(
        "invalid-rules",
        `--rule ${JSON.stringify(text)}: a tag is written without "${ruleTagPrefix}", which Birdwire puts before it on X`,
      );
    }
    return { tag, value };
  });
  for (const [index, rule] of rules.entries()) {
    if (rules.findIndex((other) => other.tag === rule.tag) !== index) {
      throw new ConfigError("invalid-rules", `--rule: the tag ${JSON.stringify(rule.tag)} is used twice`);
    }
  }
  return rules;
}
