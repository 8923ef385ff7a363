import { describe, expect, test } from "@jest/globals";
import { createLog, type Log, type LogFields, type LogLevel, logLevels, silentLog } from "./log.ts";

function capture(format: "text" | "json", level: LogLevel, use: (log: Log) => void): string[] {
  const lines: string[] = [];
  use(createLog({ level, format, write: (line) => lines.push(line) }));
  return lines;
}

function text(message: string, fields?: LogFields): string | undefined {
  return capture("text", "info", (log) => log.info(message, fields))[0];
}

describe("the text format", () => {
  test("names the level but for info, one line each", () => {
    const lines = capture("text", "debug", (log) => {
      log.debug("a");
      log.info("b");
      log.warn("c");
      log.error("d");
    });
    expect(lines).toEqual([
      "birdwire: debug: a\n",
      "birdwire: b\n",
      "birdwire: warning: c\n",
      "birdwire: error: d\n",
    ]);
  });

  test.each([
    [
      "plain values bare",
      { topic: "twitter", partition: 0, ok: true, none: null },
      "topic=twitter partition=0 ok=true none=null",
    ],
    [
      "texts that could be mistaken quoted",
      { a: "two words", b: "x=y", c: "", d: 'q"' },
      'a="two words" b="x=y" c="" d="q\\""',
    ],
    ["objects as JSON", { position: { offset: 3 }, list: [1, 2] }, 'position={"offset":3} list=[1,2]'],
    ["errors by what they say", { error: new Error("no luck") }, 'error="no luck"'],
    [
      "errors with what caused them",
      { error: new TypeError("fetch failed", { cause: new Error("refused") }) },
      'error="fetch failed: refused"',
    ],
    ["fields named like the log's own", { msg: "m", level: 50, time: 1 }, "msg=m level=50 time=1"],
    ["nothing for what is undefined", { a: undefined, b: 1 }, "b=1"],
    ["other scripts as they are", { text: "日本👩‍👩‍👧" }, "text=日本👩‍👩‍👧"],
  ])("shows %s", (_what, fields, shown) => {
    expect(text("said", fields)).toBe(`birdwire: said ${shown}\n`);
  });

  test("shows nothing after the message when there are no fields", () => {
    expect([text("said"), text("said", {})]).toEqual(["birdwire: said\n", "birdwire: said\n"]);
  });

  test("lets no control character through, neither from the message nor from a field", () => {
    const line = text("a\u001b[2Jb\nbirdwire: error: fake\u009bx", {
      field: "\u001b]0;title\u0007",
      c1: "\u0085",
    });
    expect(line).toMatch(/^[^\p{Cc}]*\n$/u);
    expect(line).toContain("a\\x1b[2Jb\\x0abirdwire: error: fake\\x9bx");
  });
});

describe("the JSON format", () => {
  test("writes one object a line, with the time in ISO 8601, and fields in a place of their own", () => {
    const [line = ""] = capture("json", "info", (log) =>
      log.warn("said\nso", { msg: "m", error: new Error("no luck") }),
    );
    expect(line.endsWith("}\n")).toBe(true);
    expect(line.trimEnd()).not.toContain("\n");
    const { time, ...rest } = JSON.parse(line);
    expect(rest).toEqual({ level: 40, msg: "said\nso", fields: { msg: "m", error: "no luck" } });
    expect(new Date(time).toISOString()).toBe(time);
  });
});

test.each([
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
  ["silent", []],
] as const)("level %s lets through %j", (level, expected) => {
  const lines = capture("json", level, (log) => {
    for (const name of ["debug", "info", "warn", "error"] as const) log[name](name);
  });
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(expected);
});

test("every level is one the log can be made with", () => {
  for (const level of logLevels) expect(() => createLog({ level, format: "text", write() {} })).not.toThrow();
});

test("the silent log takes everything and says nothing", () => {
  expect([silentLog.debug("a"), silentLog.info("a"), silentLog.warn("a"), silentLog.error("a")]).toEqual(
    Array(4).fill(undefined),
  );
});
