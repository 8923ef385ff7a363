import { expect, test } from "@jest/globals";
import { parseTopicName } from "../kernel/brand.ts";
import { subjectFor } from "./subject-for.ts";

const topic = parseTopicName("twitter");

test.each([
  ["topic", "value", "twitter-value"],
  ["topic", "key", "twitter-key"],
  ["record", "value", "birdwire.Tweet"],
  ["record", "key", "birdwire.Tweet"],
  ["topic-record", "value", "twitter-birdwire.Tweet"],
] as const)("by %s, the %s has subject %s", (strategy, part, subject) => {
  expect(subjectFor(strategy, topic, "birdwire.Tweet", part)).toBe(subject);
});

test("by topic a schema needs no name", () => {
  expect(subjectFor("topic", topic, null, "value")).toBe("twitter-value");
  // @ts-expect-error By record it needs one.
  expect(() => subjectFor("record", topic, null, "value")).toThrow(
    expect.objectContaining({ code: "invalid-identifier" }),
  );
});
