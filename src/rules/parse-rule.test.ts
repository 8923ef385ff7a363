import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RuleNode } from "./ast.ts";
import { operators } from "./operators.ts";
import { parseRule } from "./parse-rule.ts";
import { printRule } from "./print-rule.ts";

/** The rule as parsed, printed back; or its problems as X prints them. */
function outcome(text: string): string | string[] {
  const parsed = parseRule(text);
  return parsed.kind === "rule"
    ? printRule(parsed.root)
    : parsed.problems.map(({ position, message }) => `${message} (at position ${position})`);
}

function withoutPositions(node: RuleNode): unknown {
  return JSON.parse(JSON.stringify(node, (key, value) => (key === "position" ? undefined : value)));
}

const notAvailable =
  "Operator is not available in current product or product packaging. Please refer to complete available operator list at http://t.co/operators.";

describe("parseRule", () => {
  test.each([
    ["a keyword", "love", "love"],
    ["words side by side are joined by and", "snow  day", "snow day"],
    ["OR binds weaker than a space", "a1 b1 OR c1 d1", "a1 b1 OR c1 d1"],
    ["a group", "(a1 OR b1) c1", "(a1 OR b1) c1"],
    ["groups that change nothing fall away", "((a1) (b1 c1)) OR (d1 OR e1)", "a1 b1 c1 OR d1 OR e1"],
    ["a negated clause", "cat -#dog", "cat -#dog"],
    ["a negated group", "cat -(dog OR bird)", "cat -(dog OR bird)"],
    ["a phrase with quotes in it", String.raw`"Toys \"R\" Us"`, String.raw`"Toys \"R\" Us"`],
    ["words near each other", '"big cat"~3', '"big cat"~3'],
    ["signs", "#Tag @User $TWTR", "#Tag @User $TWTR"],
    ["operators in any case", "FROM:XDevelopers OR Url:x.com", "from:XDevelopers OR url:x.com"],
    [
      "a quoted value",
      'url:"https://x.com/a b" place:"new york"',
      'url:"https://x.com/a b" place:"new york"',
    ],
    ["a value whose quotes are not needed", 'from:"someone"', "from:someone"],
    [
      "an area",
      "point_radius:[2.355128 48.861118 16km] OR bounding_box:[-105.3 39.9 -105.1 40.0]",
      "point_radius:[2.355128 48.861118 16km] OR bounding_box:[-105.3 39.9 -105.1 40.0]",
    ],
    ["keywords in other scripts", "猫 OR питон OR 방탄소년단", "猫 OR питон OR 방탄소년단"],
    ["an emoji", "🇯🇵 OR 👩‍💻", "🇯🇵 OR 👩‍💻"],
    ["punctuation inside a word", "coca-cola don't 12:30", "coca-cola don't 12:30"],
    [
      "conjunction-required clauses beside a keyword",
      "cat has:images lang:en -is:retweet",
      "cat has:images lang:en -is:retweet",
    ],
    ["a negated nullcast", "cat -is:nullcast", "cat -is:nullcast"],
    ["a stop word in a phrase", '"to be or not"', '"to be or not"'],
  ])("%s", (_title, text, printed) => {
    expect(outcome(text)).toBe(printed);
  });

  test.each([
    [
      "lower-case or",
      "cat or dog",
      [
        'Ambiguous use of or as a keyword. Use OR to logically join two clauses, or "or" to find occurrences of or in text (at position 5)',
      ],
    ],
    [
      "and, in any case",
      "streaming AND lang:en",
      [
        'Ambiguous use of and as a keyword. Use a space to logically join two clauses, or "and" to find occurrences of and in text (at position 11)',
      ],
    ],
    [
      "an unknown operator",
      "cat h:m",
      [`Reference to invalid operator 'h'. ${notAvailable} (at position 5)`],
    ],
    [
      "a link that is not quoted",
      "https://x.com",
      [`Reference to invalid operator 'https'. ${notAvailable} (at position 1)`],
    ],
    [
      "an unknown has:",
      "cat has:polls",
      [`Reference to invalid operator 'has:polls'. ${notAvailable} (at position 5)`],
    ],
    ["a missing closing parenthesis", "(a1 OR b1", ["missing ')' at '<EOF>' (at position 10)"]],
    ["a stray closing parenthesis", "a1 OR b1) c1", ["missing EOF at ')' (at position 9)"]],
    ["an empty group", "a1 ()", ["no viable alternative at input ')' (at position 5)"]],
    ["nothing", "", ["no viable alternative at input '<EOF>' (at position 1)"]],
    ["only spaces", "  ", ["no viable alternative at input '<EOF>' (at position 3)"]],
    ["OR without a right side", "a1 OR", ["no viable alternative at input '<EOF>' (at position 6)"]],
    ["OR without a left side", "OR a1", ["no viable alternative at input 'OR' (at position 1)"]],
    ["OR twice", "a1 OR OR b1", ["no viable alternative at input 'OR' (at position 7)"]],
    ["a lone minus", "a1 - b1", ["no viable alternative at input '-' (at position 4)"]],
    ["an unclosed quote", 'a1 "b1', [`no viable alternative at character '"' (at position 4)`]],
    ["an empty phrase", 'a1 ""', [`no viable alternative at input '""' (at position 4)`]],
    [
      "quotes that are none",
      "(pepsi OR cola OR 'coca cola')",
      ["no viable alternative at character ''' (at position 19)"],
    ],
    ["an empty value", "cat from:", ["no viable alternative at input 'from:' (at position 5)"]],
    ["a wrong value", "cat sample:0", ["Invalid value '0' for operator 'sample' (at position 5)"]],
    ["a sign alone", "cat #", ["no viable alternative at input '#' (at position 5)"]],
    ["words too far apart", '"a b"~7', ["Proximity must be between 0 and 6 (at position 1)"]],
    [
      "only negations",
      "-cat -dog",
      [
        "Rules must contain a non-negation term (at position 1)",
        "Rules must contain at least one positive, non-stopword clause (at position 1)",
      ],
    ],
    [
      "an alternative of only negations",
      "cat OR -dog",
      [
        "Rules must contain a non-negation term (at position 8)",
        "Rules must contain at least one positive, non-stopword clause (at position 8)",
      ],
    ],
    [
      "only a stop word",
      "the",
      ["Rules must contain at least one positive, non-stopword clause (at position 1)"],
    ],
    [
      "only conjunction-required clauses",
      "has:media -is:retweet lang:en",
      ["has/is/lang/sample/source cannot be used as a standalone operator (at position 1)"],
    ],
    [
      "an alternative of only such clauses",
      "cat OR has:media",
      ["has/is/lang/sample/source cannot be used as a standalone operator (at position 8)"],
    ],
    ["a negated sample", "cat -sample:10", ["Operator 'sample' cannot be negated (at position 6)"]],
    [
      "a nullcast that is not negated",
      "cat is:nullcast",
      ["Operator 'is:nullcast' must be negated (at position 5)"],
    ],
    [
      "several mistakes at once",
      "a1 or b1 x:y",
      [
        'Ambiguous use of or as a keyword. Use OR to logically join two clauses, or "or" to find occurrences of or in text (at position 4)',
        `Reference to invalid operator 'x'. ${notAvailable} (at position 10)`,
      ],
    ],
  ])("%s is refused with its position", (_title, text, problems) => {
    expect(outcome(text)).toEqual(problems);
  });

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

  test("operators that no payload can answer are named", () => {
    const parsed = parseRule('embedding:"a cat" from_affiliate_of:x -from_affiliate_of:y');
    expect(parsed).toMatchObject({ kind: "rule", unevaluated: ["embedding", "from_affiliate_of"] });
  });

  test("groups nested without end are a problem and not a crash", () => {
    expect(outcome("(".repeat(100_000))).toEqual(["Groups are nested too deeply (at position 257)"]);
    expect(outcome(`${"-(".repeat(100_000)}a`)).toEqual(["Groups are nested too deeply (at position 514)"]);
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
          if (parsed.kind === "rule") return expect(parseRule(printRule(parsed.root)).kind).toBe("rule");
          const inside = parsed.problems.every(
            ({ position }) => position >= 1 && position <= text.length + 1,
          );
          expect([parsed.problems.length > 0, inside]).toEqual([true, true]);
        },
      ),
    );
  });
});
