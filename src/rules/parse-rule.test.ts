import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RuleNode } from "./ast.ts";
import { createMatcher } from "./matcher.ts";
import { operators } from "./operators.ts";
import { parseRule } from "./parse-rule.ts";
import { printRule } from "./print-rule.ts";

function withoutPositions(node: RuleNode): unknown {
  return JSON.parse(JSON.stringify(node, (key, value) => (key === "position" ? undefined : value)));
}

describe("parseRule", () => {
  test("a position counts from 1 where the clause begins", () => {
    const parsed = parseRule("cat (dog OR -#bird)");
    expect(parsed.kind === "rule" && parsed.root).toMatchObject({
      kind: "and",
      position: 1,
      children: [
        { kind: "keyword", position: 1 },
        {
          kind: "or",
          position: 6,
          children: [{ position: 6 }, { kind: "not", position: 13, child: { position: 14 } }],
        },
      ],
    });
  });

  test("groups nested without end are a problem and not a crash", () => {
    const message = "Groups are nested too deeply";
    expect(parseRule("(".repeat(100_000))).toMatchObject({ problems: [{ message, position: 257 }] });
    expect(parseRule(`${"-(".repeat(100_000)}a`)).toMatchObject({ problems: [{ message, position: 514 }] });
  });
});

const word = fc.stringMatching(/^[a-zé猫ก][a-z0-9'.é猫ก-]{0,6}$/).filter((text) => !/^(or|and)$/i.test(text));
const identifier = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/);
const leaf: fc.Arbitrary<string> = fc.oneof(
  word,
  fc.string({ unit: "grapheme", minLength: 1 }).map((text) => `"${`x${text}`.replace(/["\\]/g, "\\$&")}"`),
  fc.tuple(fc.constantFrom("#", "@"), identifier).map(([sign, text]) => sign + text),
  fc.tuple(fc.constantFrom("from", "TO", "retweets_of"), identifier).map(([name, text]) => `${name}:${text}`),
  fc.string().map((text) => `url:"${`y${text}`.replace(/["\\]/g, "\\$&")}"`),
  fc.constantFrom("has:media", "is:reply", "lang:zh-TW", "sample:7", "point_radius:[1.5 -2 3km]"),
);
const rule: fc.Arbitrary<string> = fc
  .letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("node"), { minLength: 2, maxLength: 3 }).map((parts) => `(${parts.join(" ")})`),
      fc.array(tie("node"), { minLength: 2, maxLength: 3 }).map((parts) => `(${parts.join(" OR ")})`),
      tie("node").map((part) => `-(${part})`),
    ),
  }))
  .node.map((node) => `cat ${node}`);

describe("printRule", () => {
  test("what it prints parses to the same rule, and prints the same again", () => {
    let valid = 0;
    fc.assert(
      fc.property(rule, (text) => {
        const parsed = parseRule(text);
        if (parsed.kind !== "rule") return;
        valid++;
        const printed = printRule(parsed.root);
        const again = parseRule(printed);
        if (again.kind !== "rule") throw new Error(`${printed}: ${JSON.stringify(again.problems)}`);
        expect(withoutPositions(again.root)).toEqual(withoutPositions(parsed.root));
        expect(printRule(again.root)).toBe(printed);
      }),
    );
    expect(valid).toBeGreaterThan(50);
  });

  test("what it prints matches the same posts", () => {
    const text = fc
      .array(fc.constantFrom("cat", "dog", "猫です", "#x", "@a", "$b", "x", "y", "https://y.example/a"), {
        maxLength: 6,
      })
      .map((words) => words.join(" "));
    const more = fc.constantFrom({}, { lang: "zh-TW" }, { in_reply_to_user_id: "1" }, { author_id: "a" });
    fc.assert(
      fc.property(rule, fc.array(fc.tuple(text, more), { minLength: 1, maxLength: 4 }), (source, texts) => {
        const parsed = parseRule(source);
        if (parsed.kind !== "rule") return;
        const again = parseRule(printRule(parsed.root));
        if (again.kind !== "rule") throw new Error(printRule(parsed.root));
        const [one, other] = [createMatcher(parsed), createMatcher(again)];
        for (const [words, data] of texts) {
          const payload = { data: { id: "1", text: words, ...data } };
          expect(other(payload)).toBe(one(payload));
        }
      }),
    );
  });

  test("any text is a rule or has problems within its bounds, and never throws", () => {
    const pieces = fc.constantFrom(
      ..."( ) - \" OR or ~ # @ $ : [ ] \\ \ud800 é 猫 👩‍💻 ' ".split(" "),
      " ",
      "a",
      ...Object.keys(operators).map((name) => `${name}:`),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
          fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
        ),
        (text) => {
          const parsed = parseRule(text);
          if (parsed.kind === "rule") {
            const again = parseRule(printRule(parsed.root));
            if (again.kind !== "rule") throw new Error(printRule(parsed.root));
            return expect(withoutPositions(again.root)).toEqual(withoutPositions(parsed.root));
          }
          const inside = parsed.problems.every(
            ({ position }) => position >= 1 && position <= text.length + 1,
          );
          expect([parsed.problems.length > 0, inside]).toEqual([true, true]);
        },
      ),
    );
  });
});
