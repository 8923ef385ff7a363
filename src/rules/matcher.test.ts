import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createMatcher } from "./matcher.ts";
import { parseRule } from "./parse-rule.ts";

test("a sample is the share it says, and a larger one holds every smaller one", () => {
  const ids = Array.from({ length: 4000 }, (_, i) =>
    String(1_700_000_000_000_000_000n + BigInt(i) * 4_194_304n),
  );
  const sampled = (percent: number) => {
    const parsed = parseRule(`cat sample:${percent}`);
    const matcher = parsed.kind === "rule" ? createMatcher(parsed) : () => false;
    return ids.filter((id) => matcher({ data: { id, text: "cat" } }));
  };
  const tenth = sampled(10);
  expect(tenth.length / ids.length).toBeGreaterThan(0.07);
  expect(tenth.length / ids.length).toBeLessThan(0.13);
  const half = new Set(sampled(50));
  expect(tenth.filter((id) => !half.has(id))).toEqual([]);
});

test("whatever JSON there is, a matcher answers", () => {
  const parsed = parseRule('cat OR from:a url:b to:c place:d (has:media has:geo) OR #t OR "x y"~2 -is:reply');
  if (parsed.kind !== "rule") throw new Error("the rule is valid");
  const matcher = createMatcher(parsed);
  const member = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()));
  const data = fc.record(
    {
      id: member,
      text: member,
      entities: member,
      attachments: member,
      geo: member,
      referenced_tweets: member,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ data, includes: member })), (payload) => {
      expect(typeof matcher(payload)).toBe("boolean");
    }),
  );
});
