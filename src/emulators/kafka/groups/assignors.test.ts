import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MemberToAssign } from "./assignor.ts";
import { assignors } from "./assignors.ts";
import { listPartitions, noPartitions, type PartitionSets } from "./partition-sets.ts";

const member = (id: string, topics: string, more: Partial<MemberToAssign> = {}): MemberToAssign => ({
  id,
  instanceId: null,
  topicIds: new Set(topics),
  target: noPartitions,
  ...more,
});
const sets = (shares: Readonly<Record<string, number[]>>): PartitionSets =>
  new Map(Object.entries(shares).map(([topicId, partitions]) => [topicId, new Set(partitions)]));

function assign(name: string, members: readonly MemberToAssign[], sizes: Readonly<Record<string, number>>) {
  const shares = assignors.get(name)?.({ members, partitionCounts: new Map(Object.entries(sizes)) });
  return Object.fromEntries(
    Array.from(shares ?? [], ([id, share]) => [
      id,
      listPartitions(share)
        .map(({ topicId, partitions }) => `${topicId} ${partitions}`)
        .sort()
        .join(" | "),
    ]),
  );
}

describe("the uniform assignor", () => {
  test.each([
    ["shares out evenly", [member("A", "t"), member("B", "t")], { t: 4 }, { A: "t 0,2", B: "t 1,3" }],
    [
      "leaves what is there, as far as it is even",
      [member("A", "t", { target: sets({ t: [0, 1, 2, 3] }) }), member("B", "t")],
      { t: 4 },
      { A: "t 0,1", B: "t 2,3" },
    ],
    [
      "moves nothing for the last one",
      [member("A", "t", { target: sets({ t: [0, 1] }) }), member("B", "t", { target: sets({ t: [2] }) })],
      { t: 3 },
      { A: "t 0,1", B: "t 2" },
    ],
    [
      "evens out over different subscriptions",
      [member("A", "tu"), member("B", "u")],
      { t: 4, u: 3 },
      { A: "t 0,1,2,3", B: "u 0,1,2" },
    ],
    [
      "takes back what a member no longer reads",
      [member("A", "u", { target: sets({ t: [0, 1] }) }), member("B", "t")],
      { t: 2, u: 1 },
      { A: "u 0", B: "t 0,1" },
    ],
    [
      "gives more members than partitions nothing",
      [member("A", "t"), member("B", "t")],
      { t: 1 },
      { A: "t 0", B: "" },
    ],
  ] as const)("%s", (_, members, sizes, shares) => {
    expect(assign("uniform", members, sizes)).toEqual(shares);
  });
});

describe("the range assignor", () => {
  test.each([
    [
      "gives runs, by member id",
      [member("B", "t"), member("A", "t")],
      { t: 5 },
      { A: "t 0,1,2", B: "t 3,4" },
    ],
    [
      "gives the same run of every topic",
      [member("A", "tu"), member("B", "tu")],
      { t: 2, u: 2 },
      { A: "t 0 | u 0", B: "t 1 | u 1" },
    ],
    [
      "puts static members first",
      [member("A", "t"), member("Z", "t", { instanceId: "2" }), member("Y", "t", { instanceId: "3" })],
      { t: 3 },
      { Z: "t 0", Y: "t 1", A: "t 2" },
    ],
    [
      "passes over who does not read the topic",
      [member("A", "t"), member("B", "tu"), member("C", "u")],
      { t: 2, u: 2 },
      { A: "t 0", B: "t 1 | u 0", C: "u 1" },
    ],
  ] as const)("%s", (_, members, sizes, shares) => {
    expect(assign("range", members, sizes)).toEqual(shares);
  });
});

test.each([...assignors.keys()])(
  "%s gives each partition to one member that reads it, if there is one",
  (name) => {
    const sizes = fc.dictionary(fc.constantFrom("t", "u", "v"), fc.integer({ min: 1, max: 9 }), {
      noNullPrototype: true,
    });
    const subscriptions = fc.array(fc.uniqueArray(fc.constantFrom("t", "u", "v")), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(sizes, subscriptions, fc.integer({ min: 0, max: 5 }), (counts, topics, gone) => {
        const partitionCounts = new Map(Object.entries(counts));
        const assignor = assignors.get(name);
        if (assignor === undefined) throw new Error(`there is no ${name}`);
        const read = (ids: readonly string[]) => new Set(ids.filter((id) => partitionCounts.has(id)));
        const all = topics.map((ids, n) => member(String(n), "", { topicIds: read(ids) }));
        // From nothing, and then from what that gave, without one of the members.
        const first = assignor({ members: all, partitionCounts });
        const left = all
          .filter((_, n) => all.length === 1 || n !== gone)
          .map((each) => ({ ...each, target: first.get(each.id) ?? noPartitions }));
        for (const [members, shares] of [
          [all, first],
          [left, assignor({ members: left, partitionCounts })],
        ] as const) {
          for (const [topicId, count] of partitionCounts) {
            for (let partition = 0; partition < count; partition++) {
              const owners = members.filter(({ id }) => shares.get(id)?.get(topicId)?.has(partition));
              const readers = members.filter(({ topicIds }) => topicIds.has(topicId));
              expect(owners.length).toBe(Math.min(1, readers.length));
              expect(readers).toEqual(expect.arrayContaining(owners));
            }
          }
        }
      }),
    );
  },
);
