import { describe, expect, test } from "@jest/globals";
import type { GroupMember, Position } from "../kafka/port.ts";
import { parseTopicName } from "../kernel/brand.ts";
import { applyReset, type OffsetsPort, planReset, type ResetTarget, readStanding } from "./offsets.ts";

const topic = parseTopicName("twitter");
const place = { group: "g", topic };

function createPort(committed: Readonly<Record<number, number>>, members: readonly GroupMember[] = []) {
  const stored: Position[] = [];
  const port: OffsetsPort = {
    offsets: async () => [
      { partition: 0, earliest: 10, latest: 20 },
      { partition: 1, earliest: 0, latest: 5 },
      { partition: 2, earliest: 0, latest: 0 },
    ],
    committed: async () =>
      Object.entries(committed).map(([partition, nextOffset]) => ({
        topic,
        partition: Number(partition),
        nextOffset,
      })),
    members: async () => [...members],
    offsetsAt: async () => [0, 1, 2].map((partition) => ({ topic, partition, nextOffset: partition * 2 })),
    storePositions: async (_group, positions) => void stored.push(...positions),
  };
  return { port, stored };
}

describe("where a group stands", () => {
  test("is what it committed, the end, and what lies between and is still held", async () => {
    const { port } = createPort({ 0: 4, 1: 5 });
    const { partitions } = await readStanding(port, place);
    expect(partitions.map(({ committed, end, lag }) => [committed, end, lag])).toEqual([
      [4, 20, 10],
      [5, 5, 0],
      [null, 0, null],
    ]);
  });

  test("of nobody is an error, of members without a position is not", async () => {
    await expect(readStanding(createPort({}).port, place)).rejects.toMatchObject({ code: "no-such-group" });
    const { port } = createPort({}, [{ clientId: "c", host: "h" }]);
    expect((await readStanding(port, place)).members).toHaveLength(1);
  });
});

describe("moving a group", () => {
  test.each<[ResetTarget, (readonly [from: number | null, to: number, wanted?: number])[]]>([
    [
      { kind: "earliest" },
      [
        [15, 10],
        [5, 0],
        [null, 0],
      ],
    ],
    [
      { kind: "latest" },
      [
        [15, 20],
        [5, 5],
        [null, 0],
      ],
    ],
    [
      { kind: "offset", offset: 4 },
      [
        [15, 10, 4],
        [5, 4],
        [null, 0, 4],
      ],
    ],
    [
      { kind: "time", timeMs: 1 },
      [
        [15, 10, 0],
        [5, 2],
        [null, 0, 4],
      ],
    ],
  ])("%j brings each partition into what it holds", async (target, expected) => {
    const { moves } = await planReset(createPort({ 0: 15, 1: 5 }).port, { ...place, target });
    expect(
      moves.map(({ from, to, wanted }) => [from, to, ...(wanted === undefined ? [] : [wanted])]),
    ).toEqual(expected);
  });

  test("a shift counts from where the group is, and needs to know", async () => {
    const { port } = createPort({ 0: 15, 1: 5 });
    const target = { kind: "shift", by: -2 } as const;
    const { moves } = await planReset(port, { ...place, target, partitions: [0, 1] });
    expect(moves.map(({ to }) => to)).toEqual([13, 3]);
    await expect(planReset(port, { ...place, target })).rejects.toMatchObject({ code: "no-position" });
  });

  test("knows its partitions", async () => {
    const { port } = createPort({});
    const options = { ...place, target: { kind: "latest" }, partitions: [3] } as const;
    await expect(planReset(port, options)).rejects.toMatchObject({ code: "no-such-partition" });
  });

  test("stores what was planned and nothing before", async () => {
    const { port, stored } = createPort({ 0: 15 });
    const plan = await planReset(port, { ...place, target: { kind: "earliest" }, partitions: [0] });
    expect(stored).toEqual([]);
    await applyReset(port, plan);
    expect(stored).toEqual([{ topic, partition: 0, nextOffset: 10 }]);
  });
});
