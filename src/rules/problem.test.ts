import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { printProblem, readProblemText } from "./problem.ts";

describe("readProblemText", () => {
  test.each([
    ["missing EOF at ')' (at position 51)", { message: "missing EOF at ')'", position: 51 }],
    [
      "no viable alternative at input '[' (at position 1).",
      { message: "no viable alternative at input '['", position: 1 },
    ],
    ["Rules cap reached", { message: "Rules cap reached", position: null }],
    [
      "two (at position 1) of them (at position 2)\n",
      { message: "two (at position 1) of them", position: 2 },
    ],
  ])("%j", (text, expected) => {
    expect(readProblemText(text)).toEqual(expected);
  });

  test("reads what printProblem writes", () => {
    const message = fc.string().filter((text) => text === text.trim());
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 5000 }), (text, position) => {
        expect(readProblemText(printProblem({ message: text, position }))).toEqual({
          message: text,
          position,
        });
      }),
    );
  });
});
