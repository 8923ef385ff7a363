import { describe, expect, test } from "@jest/globals";
import { noPartitions, type PartitionSets } from "./partition-sets.ts";
import { type MemberAssignment, type MemberState, reconcileMember } from "./reconcile-member.ts";

const sets = (...partitions: number[]): PartitionSets =>
  partitions.length === 0 ? noPartitions : new Map([["t", new Set(partitions)]]);
const owning = (...partitions: number[]) => [{ topicId: "t", partitions }];

function member(
  state: MemberState,
  epoch: number,
  assigned: number[],
  pendingRevocation: number[] = [],
): MemberAssignment {
  return {
    state,
    epoch,
    previousEpoch: 1,
    assigned: sets(...assigned),
    pendingRevocation: sets(...pendingRevocation),
  };
}

describe("a member on its way to epoch 7", () => {
  const stable = member("Stable", 6, [0, 1]);
  const unrevoked = member("UnrevokedPartitions", 6, [0], [1]);
  const unreleased = member("UnreleasedPartitions", 7, [0]);
  test.each([
    ["gets what is free", stable, [0, 1, 2], [0, 1], null, "Stable 7 0,1,2"],
    ["waits for what is not", stable, [0, 1, 2], [0, 1, 2], null, "UnreleasedPartitions 7 0,1"],
    [
      "gets what is free and waits for the rest",
      stable,
      [0, 1, 2, 3],
      [0, 1, 2],
      null,
      "UnreleasedPartitions 7 0,1,3",
    ],
    ["gives up first, and stays in its epoch", stable, [0, 2], [0, 1], null, "UnrevokedPartitions 6 0 (1)"],
    ["need not be told what it does not have", stable, [0], [0, 1], owning(0), "Stable 7 0"],
    ["has to say that it gave up", unrevoked, [0, 2], [0, 1], null, "UnrevokedPartitions 6 0 (1)"],
    ["has to have given up", unrevoked, [0, 2], [0, 1], owning(0, 1), "UnrevokedPartitions 6 0 (1)"],
    ["goes on once it gave up", unrevoked, [0, 2], [0, 1], owning(0), "Stable 7 0,2"],
    [
      "cannot have back at once what it gave up",
      unrevoked,
      [0, 1],
      [0, 1],
      owning(0),
      "UnreleasedPartitions 7 0",
    ],
    ["is told of what else to give up", unrevoked, [2], [0, 1], owning(0), "UnrevokedPartitions 7  (0)"],
    ["gets what others released", unreleased, [0, 1], [0], null, "Stable 7 0,1"],
    ["goes on waiting", unreleased, [0, 1], [0, 1], null, "UnreleasedPartitions 7 0"],
  ] as const)("%s", (_, before, target, taken, owned, after) => {
    const next = reconcileMember(before, {
      target: sets(...target),
      targetEpoch: 7,
      taken: () => sets(...taken),
      owned,
    });
    const [assigned, pending] = [next.assigned, next.pendingRevocation].map((each) =>
      [...(each.get("t") ?? [])].sort(),
    );
    const shown = `${next.state} ${next.epoch} ${assigned?.join()}${pending?.length ? ` (${pending.join()})` : ""}`;
    expect(shown).toBe(after);
    if (next !== before) expect(next.previousEpoch).toBe(before.epoch);
  });

  test("is left alone once it is there", () => {
    const there = member("Stable", 7, [0]);
    expect(
      reconcileMember(there, { target: sets(0), targetEpoch: 7, taken: () => sets(0), owned: null }),
    ).toBe(there);
  });
});
