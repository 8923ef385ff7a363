import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ConfigError } from "./load-config.ts";
import { parseRulesFile, readRulesFile } from "./rules-file.ts";

const read = (text: string) => parseRulesFile(Buffer.from(text), "rules.yaml");
const rule = (tag: string, value: string, line: number, note: string | null = null) => ({
  tag,
  value,
  note,
  line,
});

describe("a rules file", () => {
  test.each([
    [
      "an object with rules",
      "rules:\n  - tag: a\n    value: cat\n    note: why\n",
      [rule("a", "cat", 2, "why")],
    ],
    [
      "a list",
      "- {tag: a, value: cat}\n- tag: b\n  value: dog\n",
      [rule("a", "cat", 1), rule("b", "dog", 2)],
    ],
    [
      "JSON",
      '{\n\t"rules": [\n\t\t{"tag": "a", "value": "\\"hot dog\\" -cat"}\n\t]\n}',
      [rule("a", '"hot dog" -cat', 3)],
    ],
    ["no rule, said so", "rules: []\n", []],
    [
      "scalars as they stand",
      "- {tag: 007, value: no}\n- {tag: 1e3, value: yes, note: null}\n",
      [rule("007", "no", 1), rule("1e3", "yes", 2)],
    ],
    [
      "a value over several lines",
      "- tag: a\n  value: >-\n    (cat OR dog)\n    -is:retweet\n",
      [rule("a", "(cat OR dog) -is:retweet", 1)],
    ],
    [
      "a literal block with tabs",
      '- tag: a\n  value: |\n    cat\n    \tdog\n    "hot  dog"\n',
      [rule("a", 'cat dog "hot  dog"', 1)],
    ],
    [
      "spaces between clauses",
      '- tag: a\n  value: |-\n    cat   dog "hot  dog"\n      -"a\\"  b\n    c"\n',
      [rule("a", 'cat dog "hot  dog" -"a\\"  b c"', 1)],
    ],
    ["a byte order mark and CRLF", "\ufeff- tag: a\r\n  value: cat\r\n", [rule("a", "cat", 1)]],
    [
      "anchors and aliases",
      "- &a {tag: a, value: &v cat}\n- {tag: b, value: dog, note: *v}\n",
      [rule("a", "cat", 1), rule("b", "dog", 2, "cat")],
    ],
    [
      "one tag for several rules",
      "- {tag: a, value: cat}\n- {tag: a, value: dog}\n",
      [rule("a", "cat", 1), rule("a", "dog", 2)],
    ],
    ["comments", "# ours\n- tag: a # short\n  value: '#cat' # quoted\n", [rule("a", "#cat", 2)]],
  ])("may be %s", (_title, text, rules) => {
    expect(read(text)).toEqual(rules);
  });

  test.each<[string, string, string[]]>([
    ["is empty", "", ["1:1: the file is empty"]],
    ["holds comments alone", "# nothing\n", ["1:1: the file is empty"]],
    ["is a text", "cat", ["1:1: a rules file is a list"]],
    ["has an unknown setting", "rule:\n  - a\n", ['1:1: there is no setting "rule"']],
    ["has an unknown member", "- tag: a\n  values: cat\n", ['2:3: a rule has no "values"']],
    ["has rules that are no list", "rules: {a: b}\n", ['1:8: "rules" is a list']],
    ["has a rule that is a text", "- cat\n", ["1:3: a rule is an object"]],
    [
      "has a value that is a comment",
      "- tag: a\n  value: #cat\n",
      ["2:10: the rule has no value (one that begins with #"],
    ],
    ["has a value that is a list", "- tag: a\n  value: [cat]\n", ["2:10: the value is not a text"]],
    ["lacks tag and value", "- note: x\n", ["1:3: the rule has no tag", "1:3: the rule has no value"]],
    ["has an empty tag", "- {tag: '', value: cat}\n", ["1:9: the rule has no tag"]],
    [
      "has a tag with the prefix",
      "- {tag: 'birdwire:a', value: cat}\n",
      ['1:9: a tag is written without "birdwire:"'],
    ],
    ["has a tag of two lines", '- {tag: "a\\nb", value: cat}\n', ["1:9: a tag has no line breaks"]],
    [
      "has the same rule twice",
      "- {tag: a, value: cat}\n- {tag: b, value: ' cat '}\n",
      ["2:3: the rule b is the same as a in line 1"],
    ],
    [
      "has quotes that end early",
      '- tag: a\n  value: "hot dog" -cat\n',
      ["2:20: Unexpected scalar at node end (a value with quotes"],
    ],
    [
      "begins a value with @",
      "- tag: a\n  value: @cat\n",
      ["2:10: Plain value cannot start with reserved character @ (a value"],
    ],
    [
      "has a colon and a space in a value",
      "- tag: a\n  value: b: c\n",
      ["2:10: Nested mappings are not allowed"],
    ],
    ["is indented with tabs", "rules:\n\t- tag: a\n", ["2:1: tabs do not indent"]],
    ["has a key twice", "- tag: a\n  tag: b\n  value: c\n", ["2:3: the key stands there twice"]],
    [
      "is two documents",
      "- {tag: a, value: b}\n---\n- {tag: c, value: d}\n",
      ["2:1: a rules file is one document"],
    ],
    ["has merge keys", "- &a {tag: a, value: b}\n- <<: *a\n  tag: c\n", ["2:3: merge keys are not taken"]],
    [
      "has a rule with control characters",
      '- {tag: a, value: "c\\0at"}\n',
      ["1:19: a rule has no control characters"],
    ],
    ["is nested without end", "[".repeat(50_000), ["1:"]],
    ["tells an alias of nothing", "- {tag: a, value: *x}\n", ["1:"]],
  ])("that %s is refused at the place", (_title, text, messages) => {
    const thrown = (() => {
      try {
        return read(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(ConfigError);
    const lines = (thrown as ConfigError).message.split("\n").slice(1);
    expect(lines).toEqual(messages.map((message) => expect.stringContaining(`  rules.yaml:${message}`)));
    expect(thrown).toMatchObject({ code: "invalid-rules" });
  });

  test("that is not UTF-8 is refused at its first bad byte", () => {
    const bytes = Buffer.concat([Buffer.from("- tag: é\n  value: caf"), Buffer.from([0xe9, 0x0a])]);
    expect(() => parseRulesFile(bytes, "r.yaml")).toThrow(/r\.yaml:2:13: the file is not UTF-8/);
    expect(() => parseRulesFile(Buffer.from("- a", "utf16le").subarray(0, 6), "r.yaml")).toThrow(/1 mistake/);
    expect(() => parseRulesFile(Buffer.from([0xff, 0xfe, 0x2d, 0]), "r.yaml")).toThrow(
      /r\.yaml:1:1: .*UTF-8/,
    );
  });

  test("tells every mistake at once, and of very many how many more", () => {
    const text = Array.from({ length: 30 }, () => "- {tag: a}\n").join("");
    expect(() => read(text)).toThrow(/has 30 mistakes:\n {2}rules\.yaml:1:3: .*and 10 more$/s);
  });

  test("of any bytes gives rules or a ConfigError", () => {
    const piece = fc.constantFrom(
      "- ",
      "tag",
      "value",
      ": ",
      "\n",
      "  ",
      "'",
      '"',
      "&a ",
      "*a",
      "[",
      "]",
      "{",
      "}",
      "#",
      "\t",
      "x",
      "<<",
      "|",
      ">",
      "---",
      "rules",
      "é",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(piece, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(""))),
        ),
        (bytes) => {
          try {
            for (const { tag, value } of parseRulesFile(bytes, "r"))
              expect([tag === "", value === ""]).toEqual([false, false]);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
    );
  });

  test("that is not there is named", async () => {
    await expect(readRulesFile("/nowhere/rules.yaml", "rules.yaml")).rejects.toMatchObject({
      code: "unreadable-config",
      message: "the rules file rules.yaml cannot be read: there is no such file",
    });
  });
});
