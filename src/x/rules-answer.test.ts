import { describe, expect, test } from "@jest/globals";
import { readAddAnswer } from "./rules-answer.ts";

const [cat, dog] = [
  { tag: "c", value: "cat" },
  { tag: "d", value: "dog" },
];
const nothing = {
  added: [],
  duplicates: [],
  refused: [],
  capped: [],
  capDetail: "",
  failed: [],
  unexplained: [],
};
const type = (name: string) => `https://api.x.com/2/problems/${name}`;

describe("readAddAnswer", () => {
  test.each([
    ["all were taken", { data: [cat, dog], meta: { summary: { created: 2 } } }, { added: [cat, dog] }],
    ["all were taken, though none is listed", { meta: { summary: { created: 2 } } }, { added: [cat, dog] }],
    [
      "one was there",
      { data: [cat], errors: [{ value: "dog", id: "7", title: "DuplicateRule" }] },
      { added: [cat], duplicates: [{ rule: dog, id: "7" }] },
    ],
    [
      "one is wrong",
      {
        data: [cat],
        errors: [{ value: "dog", details: ["bad (at position 2)", "worse"], type: type("invalid-rules") }],
      },
      {
        added: [cat],
        refused: [
          {
            rule: dog,
            problems: [
              { message: "bad", position: 2 },
              { message: "worse", position: null },
            ],
          },
        ],
      },
    ],
    [
      "X had an error of its own with one",
      {
        data: [cat],
        errors: [{ value: "dog", title: "Internal Error", detail: "again", type: type("internal-error") }],
      },
      { added: [cat], failed: [{ rule: dog, problems: [{ message: "again", position: null }] }] },
    ],
    [
      "X had an error of its own with those it does not name",
      { data: [cat], errors: [{ title: "Service Unavailable", status: 503 }] },
      {
        added: [cat],
        failed: [{ rule: dog, problems: [{ message: "Service Unavailable", position: null }] }],
      },
    ],
    [
      "one is of a kind that nobody knows",
      { data: [cat], errors: [{ value: "dog", title: "NonCompliant", type: type("noncompliant-rules") }] },
      { added: [cat], refused: [{ rule: dog, problems: [{ message: "NonCompliant", position: null }] }] },
    ],
    [
      "there was room for one",
      { data: [cat], errors: [{ value: "dog", title: "RulesCapExceeded", detail: "25 at most" }] },
      { added: [cat], capped: [dog], capDetail: "25 at most" },
    ],
    [
      "the cap is told without a rule",
      { errors: [{ title: "RulesCapExceeded", type: type("rule-cap") }] },
      { capped: [cat, dog], capDetail: "RulesCapExceeded" },
    ],
    [
      "something is told without a rule",
      { data: [cat], errors: [{ detail: "no" }] },
      { added: [cat], refused: [{ rule: dog, problems: [{ message: "no", position: null }] }] },
    ],
    ["nothing is told", { meta: { summary: { created: 0, not_created: 2 } } }, { unexplained: [cat, dog] }],
  ])("%s", (_title, answer, expected) => {
    expect(readAddAnswer(answer, [cat, dog])).toEqual({ ...nothing, ...expected });
  });
});
