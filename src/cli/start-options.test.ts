import { describe, expect, test } from "@jest/globals";
import { parseSelection, type StartArgs } from "./start-options.ts";

const nowMs = Date.parse("2026-01-31T12:00:00Z");
const parse = (args: Partial<StartArgs>) =>
  parseSelection({ "from-beginning": false, commit: true, ...args }, nowMs);

describe("the options that choose records", () => {
  test("ask for nothing by themselves", () => {
    expect(parse({})).toEqual({
      fromBeginning: false,
      from: undefined,
      partitions: undefined,
      commits: true,
      sessionTimeoutMs: undefined,
    });
  });

  test.each([
    [{ "from-time": "15m" }, { kind: "time", timeMs: nowMs - 900_000 }],
    [{ "from-time": "2026-01-31T10:00:00+02:00" }, { kind: "time", timeMs: nowMs - 4 * 3_600_000 }],
    [{ last: 7 }, { kind: "last", records: 7 }],
    [{ "from-offset": ["12"] }, { kind: "offset", everywhere: 12, byPartition: new Map() }],
    [{ "from-offset": [12] }, { kind: "offset", everywhere: 12, byPartition: new Map() }],
    [
      { "from-offset": ["5", "2:9", "0:0"] },
      {
        kind: "offset",
        everywhere: 5,
        byPartition: new Map([
          [2, 9],
          [0, 0],
        ]),
      },
    ],
  ] as const)("%j is a place to start", (args, from) => {
    expect(parse(args).from).toMatchObject(from);
  });

  test("partitions are a set of numbers", () => {
    expect(parse({ partitions: "2, 0,2" }).partitions).toEqual([0, 2]);
  });

  test("a group has its time-out and may be left where it is", () => {
    const selection = parse({ group: "g", commit: false, "session-timeout": "6s", "from-beginning": true });
    expect(selection).toMatchObject({ commits: false, sessionTimeoutMs: 6000, fromBeginning: true });
  });

  test.each<[Partial<StartArgs>, string]>([
    [{ "from-beginning": true, last: 3 }, "--from-beginning or --last"],
    [{ "from-time": "1h", "from-offset": ["3"] }, "--from-time or --from-offset"],
    [{ "from-time": "soon" }, "--from-time"],
    [{ "from-time": "2026-01-31T12:00:01Z" }, "still to come"],
    [{ last: 0 }, "--last takes a whole number"],
    [{ last: 1.5 }, "--last takes a whole number"],
    [{ "from-offset": ["-3"] }, "neither an offset nor PARTITION:OFFSET"],
    [{ "from-offset": ["0:1", "0:2"] }, "partition 0 twice"],
    [{ "from-offset": ["1", "2"] }, "given twice"],
    [{ partitions: "0,x" }, "no list of partitions"],
    [{ partitions: "" }, "no list of partitions"],
    [{ partitions: "0", group: "g" }, "exclude each other"],
    [{ partitions: "0", "from-offset": ["1:4"] }, "names partition 1"],
    [{ group: "g", commit: false, last: 3 }, "leave out --last"],
    [{ group: "" }, "--group needs a name"],
    [{ "session-timeout": "6s" }, "name it with --group"],
    [{ group: "g", "session-timeout": "5s" }, "6s to 30m"],
    [{ group: "g", "session-timeout": "6" }, "is not a duration"],
  ])("%j is refused", (args, message) => {
    expect(() => parse(args)).toThrow(message);
    expect(() => parse(args)).toThrow(expect.objectContaining({ code: "usage" }));
  });
});
