/**
 * How a rule's tag is kept on X: with our prefix, so that rules of other programs are told apart and left alone.
 */
export const ruleTagPrefix = "birdwire:";

/** The tag as X stores it: `love` -> `birdwire:love`. */
export function toStoredTag(tag: string): string {
  return ruleTagPrefix + tag;
}

/** The tag as people gave it; a tag that is not ours comes back as it is. */
export function fromStoredTag(stored: string): string {
  return stored.startsWith(ruleTagPrefix) ? stored.slice(ruleTagPrefix.length) : stored;
}

/** True for a tag that Birdwire stored. */
export function isStoredTag(stored: string): boolean {
  return stored.startsWith(ruleTagPrefix);
}
