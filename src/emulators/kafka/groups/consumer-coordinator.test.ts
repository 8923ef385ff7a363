import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  openConsumerGroup,
  rebalanceTimeoutMs,
  sessionTimeoutMs,
  type TestMember,
} from "../testing/consumer-group.ts";

const all = ["t 0", "t 1", "t 2", "t 3"];

/** Two members of which the first has everything and is to give up half of it. */
function openUneven() {
  const opened = openConsumerGroup();
  const [a, b] = [opened.open("A"), opened.open("B")];
  a.join();
  b.join();
  return { ...opened, a, b };
}

describe("a consumer group", () => {
  test("gives a member what the other has given up, and not before", () => {
    const { a, b, state } = openUneven();
    expect([a.owned(), b.owned(), state()]).toEqual([all, [], "Reconciling"]);
    a.beat();
    expect([a.owned(), a.epoch]).toEqual([["t 0", "t 1"], 1]);
    b.beat();
    expect(b.owned()).toEqual([]);
    a.acknowledge();
    expect([a.epoch, state()]).toEqual([2, "Reconciling"]);
    b.beat();
    expect([b.owned(), state()]).toEqual([["t 2", "t 3"], "Stable"]);
  });

  test("drops a member that is not heard of for a session, and gives its work to the others", async () => {
    const { a, b, clock, group, state } = openUneven();
    await clock.advance(sessionTimeoutMs - 1);
    b.beat();
    await clock.advance(1);
    expect([[...group().members.keys()], state()]).toEqual([["B"], "Assigning"]);
    expect(a.say()).toMatchObject({ errorCode: ErrorCode.unknownMemberId });
    b.beat();
    expect([b.owned(), b.epoch]).toEqual([all, 3]);
  });

  test("drops a member that does not give up in time, however alive it is", async () => {
    const { a, b, clock, group } = openUneven();
    for (let passedMs = 0; passedMs < rebalanceTimeoutMs; passedMs += 10_000) {
      a.beat();
      b.beat();
      expect(group().members.size).toBe(2);
      await clock.advance(10_000);
    }
    expect([...group().members.keys()]).toEqual(["B"]);
  });

  test("drops nobody who gave up in time", async () => {
    const { a, b, clock, group } = openUneven();
    a.beat();
    a.acknowledge();
    for (let passedMs = 0; passedMs < 2 * rebalanceTimeoutMs; passedMs += 10_000) {
      a.beat();
      b.beat();
      await clock.advance(10_000);
    }
    expect(group().members.size).toBe(2);
  });

  test("lets a member come one epoch late, when the answer got lost", () => {
    const { a, b, group } = openUneven();
    a.beat();
    const topicId = [...(group().members.get("A")?.assignment.assigned.keys() ?? [])][0] ?? "";
    const owned = (...partitions: number[]) => ({ topicPartitions: [{ topicId, partitions }] });
    expect(a.say(owned(0, 1), 1)).toMatchObject({ memberEpoch: 2 });
    expect(a.say(owned(0, 1), 1)).toMatchObject({ memberEpoch: 2 });
    expect(a.say(owned(0, 1, 2), 1)).toMatchObject({ errorCode: ErrorCode.fencedMemberEpoch });
    expect(a.say({}, 1)).toMatchObject({ errorCode: ErrorCode.fencedMemberEpoch });
    expect(a.say({}, 3)).toMatchObject({ errorCode: ErrorCode.fencedMemberEpoch });
    expect(b.say({}, 2)).toMatchObject({ memberEpoch: 2 });
  });

  test("shares out anew when topics come, grow and go", () => {
    const { open, topics, group } = openConsumerGroup({ t: 1 });
    const a = open("A");
    a.join({ subscribedTopicNames: ["t", "later"] });
    expect(a.owned()).toEqual(["t 0"]);
    topics.create("later", 1);
    topics.create("of no interest", 1);
    a.beat();
    expect([a.owned(), group().epoch]).toEqual([["later 0", "t 0"], 2]);
    const [t, later] = [topics.byName("t"), topics.byName("later")];
    if (t === undefined || later === undefined) throw new Error("the topics are not there");
    topics.grow(t, 2);
    a.beat();
    expect(a.owned()).toEqual(["later 0", "t 0", "t 1"]);
    topics.delete(later);
    a.beat();
    a.acknowledge();
    expect([a.owned(), a.epoch]).toEqual([["t 0", "t 1"], 4]);
  });

  test("finds topics by a regular expression from the heartbeat after on", () => {
    const { open, topics, state } = openConsumerGroup({ "a.1": 1, b: 1 });
    const [a, b] = [open("A"), open("B")];
    const regex = { subscribedTopicNames: null, subscribedTopicRegex: "a\\..*" };
    a.join(regex);
    expect([a.owned(), state()]).toEqual([[], "Assigning"]);
    a.beat();
    expect(a.owned()).toEqual(["a.1 0"]);
    topics.create("a.2", 1);
    a.beat();
    a.beat();
    expect(a.owned()).toEqual(["a.1 0", "a.2 0"]);
    // What a regular expression matches is known when another member comes with the same.
    b.join(regex);
    a.beat();
    a.acknowledge();
    b.beat();
    expect(b.owned()).toHaveLength(1);
    // Without it a member keeps what it has, until something else makes the epoch go up.
    b.beat({ subscribedTopicRegex: "" });
    a.beat();
    b.beat();
    expect([b.owned().length, state()]).toEqual([1, "Stable"]);
    b.beat({ subscribedTopicNames: ["b"] });
    b.acknowledge();
    a.beat();
    b.beat();
    expect([a.owned(), b.owned()]).toEqual([["a.1 0", "a.2 0"], ["b 0"]]);
  });

  test("keeps the place of a static member that said it will be back, for a session", async () => {
    const { open, clock, group } = openConsumerGroup();
    const first = open("first", { instanceId: "i" });
    const other = open("other");
    first.join();
    expect(
      open("second", { instanceId: "i" }).say(
        { rebalanceTimeoutMs, subscribedTopicNames: ["t"], topicPartitions: [] },
        0,
      ),
    ).toMatchObject({
      errorCode: ErrorCode.unreleasedInstanceId,
    });
    expect(first.leave(-2)).toMatchObject({ memberId: "first", memberEpoch: -2 });
    const second = open("second", { instanceId: "i" });
    second.join();
    expect([second.owned(), second.epoch]).toEqual([all, 1]);
    expect(first.say()).toMatchObject({ errorCode: ErrorCode.fencedInstanceId });
    expect(second.leave(-2)).toMatchObject({ memberEpoch: -2 });
    await clock.advance(sessionTimeoutMs);
    expect(group().members.size).toBe(0);
    other.join();
    expect(other.owned()).toEqual(all);
  });

  test("takes no more members than it can hold", () => {
    const { open } = openConsumerGroup();
    for (let n = 0; n < 1000; n++) open(`m${n}`).join({ subscribedTopicNames: [] });
    const late = { rebalanceTimeoutMs, subscribedTopicNames: [], topicPartitions: [] };
    expect(open("late").say(late, 0)).toMatchObject({ errorCode: ErrorCode.groupMaxSizeReached });
    expect(open("m7").say({}, 1)).toMatchObject({ memberEpoch: 1 });
  });

  test("takes over an empty classic group with its offsets, and gives it back", async () => {
    const { open, groups, entry, clock } = openConsumerGroup();
    const committed = { offset: 5, leaderEpoch: -1, metadata: "" };
    const nobody = { memberId: "", generationId: -1, groupInstanceId: null };
    const opened = groups.openCommit("g", nobody);
    if ("errorCode" in opened) throw new Error(`the commit was refused with ${opened.errorCode}`);
    opened.set("t", 0, committed);
    const join = () => {
      const answers: number[] = [];
      const protocols = [{ name: "range", metadata: Buffer.alloc(0) }];
      const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 };
      const who = { memberId: "", groupInstanceId: null, clientId: "c", clientHost: "h" };
      const knows = { requiresMemberId: false, knowsSkipAssignment: false };
      groups.join(
        "g",
        { ...who, ...timeouts, protocolType: "consumer", protocols, ...knows },
        ({ errorCode }) => answers.push(errorCode),
      );
      return answers;
    };
    const a = open("A");
    a.join();
    expect(entry()?.offsets.get("t", 0)).toEqual(committed);
    expect(join()).toEqual([ErrorCode.inconsistentGroupProtocol]);
    expect(groups.delete("g")).toBe(ErrorCode.nonEmptyGroup);
    a.leave();
    expect(join()).toEqual([ErrorCode.none]);
    expect(entry()?.consumer).toBeNull();
    expect(entry()?.offsets.get("t", 0)).toEqual(committed);
    const again = { rebalanceTimeoutMs, subscribedTopicNames: ["t"], topicPartitions: [] };
    expect(a.say(again, 0)).toMatchObject({ errorCode: ErrorCode.groupIdNotFound });
    await clock.advance(20_000);
    a.join();
    expect(entry()?.offsets.get("t", 0)).toEqual(committed);
    a.leave();
    expect(groups.delete("g")).toBe(ErrorCode.none);
    expect(entry()).toBeUndefined();
  });

  test("leaves no timer behind", async () => {
    const { a, clock, groups, group } = openUneven();
    a.beat();
    const left = group();
    groups.close();
    await clock.advance(10 * sessionTimeoutMs);
    expect(left.members.size).toBe(2);
  });
});

test("no partition is with two members at a time, and in the end each is with one", () => {
  const step = fc.record({
    member: fc.integer({ min: 0, max: 4 }),
    does: fc.constantFrom(
      "beat",
      "beat",
      "acknowledge",
      "acknowledge",
      "join",
      "leave",
      "resubscribe",
      "grow",
    ),
    topics: fc.subarray(["t", "u"], { minLength: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom("uniform", "range"),
      (steps, serverAssignor) => {
        const { open, topics, group, state } = openConsumerGroup({ t: 3, u: 2 });
        const members = Array.from({ length: 5 }, (_, n) => open(`m${n}`));
        const present = new Set<TestMember>();
        /** What clients may be reading: what they were told they have, until they say that they gave it up. */
        const reading = new Map<TestMember, string[]>();
        const act = (member: TestMember, does: string, subscribedTopicNames: string[]) => {
          if (does === "grow") {
            const topic = topics.byName(subscribedTopicNames[0] ?? "t");
            if (topic !== undefined && topic.partitions.length < 6)
              topics.grow(topic, topic.partitions.length + 1);
          } else if (does === "join" && !present.has(member)) {
            member.join({ subscribedTopicNames, serverAssignor });
            present.add(member);
          } else if (!present.has(member)) return;
          else if (does === "beat") member.beat();
          else if (does === "resubscribe") member.beat({ subscribedTopicNames });
          else if (does === "acknowledge") {
            reading.set(member, member.owned());
            member.acknowledge();
          } else if (does === "leave") {
            member.leave();
            present.delete(member);
            reading.delete(member);
            return;
          }
          if (present.has(member)) {
            reading.set(member, [...new Set([...(reading.get(member) ?? []), ...member.owned()])]);
          }
          const read = [...reading.values()].flat();
          expect(new Set(read).size).toBe(read.length);
        };
        act(members[0] ?? open("none"), "join", ["t"]);
        for (const { member, does, topics: names } of steps)
          act(members[member] ?? open("none"), does, names);
        for (let round = 0; round < 6; round++) {
          for (const member of present) act(member, "beat", []);
          for (const member of present) act(member, "acknowledge", []);
        }
        expect(state()).toBe(present.size === 0 ? "Empty" : "Stable");
        const wanted = ["t", "u"].flatMap((name) =>
          [...group().members.values()].some(({ topicNames }) => topicNames.has(name))
            ? Array.from({ length: topics.byName(name)?.partitions.length ?? 0 }, (_, n) => `${name} ${n}`)
            : [],
        );
        expect([...present].flatMap((member) => member.owned()).sort()).toEqual(wanted);
      },
    ),
  );
});
