import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { BirdwireError, describeCause } from "./error.ts";

class NestError extends BirdwireError<"nest-full" | "nest-gone"> {}

describe("BirdwireError", () => {
  test("carries code, message, name of its class, and defaults for the rest", () => {
    const error = new NestError("nest-full", "the nest is full");
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(BirdwireError);
    expect(error).toMatchObject({
      name: "NestError",
      code: "nest-full",
      message: "the nest is full",
      retriable: false,
      details: {},
    });
    expect("cause" in error).toBe(false);
  });

  test("keeps retriable, details and cause", () => {
    const cause = new Error("wind");
    const error = new NestError("nest-gone", "gone", { retriable: true, details: { height: 3 }, cause });
    expect(error).toMatchObject({ retriable: true, details: { height: 3 } });
    expect(error.cause).toBe(cause);
  });

  test("takes only codes of its room", () => {
    // @ts-expect-error: the union of codes is closed
    expect(new NestError("nest-burnt", "").code).toBe("nest-burnt");
  });
});

describe("describeCause", () => {
  const refused = new Error("connect ECONNREFUSED 127.0.0.1:1");

  test.each([
    ["an error", new Error("no luck"), "no luck"],
    ["an error without a message", new TypeError(), "TypeError"],
    ["a text", "no luck", "no luck"],
    ["a number", 7, "7"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["an object without a text", Object.create(null), "something without a text was thrown"],
    ["a symbol", Symbol("luck"), "Symbol(luck)"],
    [
      "errors gathered without a message",
      new AggregateError([refused, new Error("b")]),
      `${refused.message}; b`,
    ],
    ["the same error twice", new AggregateError([refused, refused]), refused.message],
    ["gathered errors of which there are none", new AggregateError([]), "AggregateError"],
    ["errors gathered with a message", new AggregateError([refused], "all failed"), "all failed"],
    [
      "an error with a cause",
      new TypeError("fetch failed", { cause: refused }),
      `fetch failed: ${refused.message}`,
    ],
    [
      "a cause that the message already tells",
      new Error(`no: ${refused.message}`, { cause: refused }),
      `no: ${refused.message}`,
    ],
    ["one of ours, whose message says all", new NestError("nest-gone", "gone", { cause: refused }), "gone"],
    [
      "a cause that gathers",
      new TypeError("fetch failed", { cause: new AggregateError([refused]) }),
      `fetch failed: ${refused.message}`,
    ],
  ])("tells %s", (_what, thrown, text) => {
    expect(describeCause(thrown)).toBe(text);
  });

  test("knows an error of another realm", () => {
    expect(describeCause(runInNewContext('new Error("far away")'))).toBe("far away");
  });

  test("ends where causes go in a circle", () => {
    const a = new Error("a");
    a.cause = new Error("b", { cause: a });
    expect(describeCause(a)).toMatch(/^a: b: a/);
  });
});
