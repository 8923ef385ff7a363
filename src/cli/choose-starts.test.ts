import { describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../kernel/brand.ts";
import { createLog } from "../telemetry/log.ts";
import { chooseStarts, pickPartitions, type StartChoice } from "./choose-starts.ts";

const topic = parseTopicName("twitter");
const offsets = [
  { partition: 0, earliest: 10, latest: 20 },
  { partition: 1, earliest: 0, latest: 3 },
  { partition: 2, earliest: 5, latest: 5 },
];

async function choose(choice: StartChoice) {
  const warnings: string[] = [];
  const log = createLog({
    level: "warn",
    format: "text",
    redact: (text) => text,
    write: (line) => void warnings.push(line),
  });
  const asked: number[] = [];
  const admin = {
    async offsetsAt(_topic: typeof topic, timeMs: number) {
      asked.push(timeMs);
      return [{ topic, partition: 0, nextOffset: 17 }];
    },
  };
  const starts = await chooseStarts({ admin, topic, log }, offsets, choice);
  return { starts: [...starts], warnings: warnings.join(""), asked };
}

describe("where partitions start", () => {
  test("the newest records are shared out, and an empty partition starts at its end", async () => {
    const { starts } = await choose({ kind: "last", flag: "--last", records: 8 });
    expect(starts).toEqual([
      [0, 15],
      [1, 0],
      [2, 5],
    ]);
  });

  test("by time: as the broker says, and at the end where it has nothing that late", async () => {
    const { starts, asked } = await choose({ kind: "time", flag: "--from-time", timeMs: 99 });
    expect(asked).toEqual([99]);
    expect(starts).toEqual([
      [0, 17],
      [1, 3],
      [2, 5],
    ]);
  });

  test("by offset: the named one first, then that for all, then the end; brought into what is held, and told", async () => {
    const { starts, warnings } = await choose({
      kind: "offset",
      flag: "--from-offset",
      everywhere: 12,
      byPartition: new Map([[1, 2]]),
    });
    expect(starts).toEqual([
      [0, 12],
      [1, 2],
      [2, 5],
    ]);
    expect(warnings).toContain("partition 2 holds no record: it is read from 5, not from 12");
    const early = await choose({ kind: "offset", flag: "--from-offset", byPartition: new Map([[0, 1]]) });
    expect(early.starts).toEqual([
      [0, 10],
      [1, 3],
      [2, 5],
    ]);
    expect(early.warnings).toContain("partition 0 holds offsets 10 to 19: it is read from 10, not from 1");
  });
});

describe("the partitions to be read", () => {
  test("are all, or those named", () => {
    expect(pickPartitions(topic, offsets, {})).toEqual(offsets);
    expect(pickPartitions(topic, offsets, { partitions: [2, 0] })).toEqual([offsets[0], offsets[2]]);
  });

  test("must be there", () => {
    expect(() => pickPartitions(topic, offsets, { partitions: [3] })).toThrow(
      "topic twitter has no partition 3: it has 3, numbered from 0",
    );
    const from = { kind: "offset", flag: "--from-offset", byPartition: new Map([[7, 1]]) } as const;
    expect(() => pickPartitions(topic, offsets, { from })).toThrow("no partition 7");
  });
});
