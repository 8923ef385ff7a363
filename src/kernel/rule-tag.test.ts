import { expect, test } from "@jest/globals";
import { fromStoredTag, isStoredTag, toStoredTag } from "./rule-tag.ts";

test.each(["love", "", "birdwire:love", "a=b", "日本"])(
  "a tag %j comes back from X as it was given",
  (tag) => {
    expect(isStoredTag(toStoredTag(tag))).toBe(true);
    expect(fromStoredTag(toStoredTag(tag))).toBe(tag);
  },
);

test.each(["love", "Birdwire:love", " birdwire:love", ""])(
  "a tag %j of another program is left alone",
  (stored) => {
    expect(isStoredTag(stored)).toBe(false);
    expect(fromStoredTag(stored)).toBe(stored);
  },
);
