import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { answered, openGroup, sessionTimeoutMs } from "../testing/group.ts";
import type { JoinRequest } from "./join.ts";

describe("a group's first member", () => {
  test("leads it, and gets what it gives itself", () => {
    const { join, sync, beat, group } = openGroup();
    const joined = answered(join(""));
    expect(joined).toMatchObject({
      errorCode: 0,
      generationId: 1,
      protocolName: "range",
      leader: joined.memberId,
    });
    expect(joined.members.map(({ memberId }) => memberId)).toEqual([joined.memberId]);
    const synced = answered(sync(joined, { [joined.memberId]: "all" }));
    expect(synced).toMatchObject({ errorCode: 0, assignment: Buffer.from("all") });
    expect(beat(joined)).toBe(ErrorCode.none);
    expect(group()?.state).toBe("Stable");
  });

  test("has to come back with the id it is given, where the protocol says so", () => {
    const { join } = openGroup();
    const first = answered(join("", { requiresMemberId: true }));
    expect(first.errorCode).toBe(ErrorCode.memberIdRequired);
    expect(first.memberId).toMatch(/^client-[0-9a-f-]{36}$/);
    expect(answered(join(first.memberId, { requiresMemberId: true }))).toMatchObject({
      errorCode: 0,
      memberId: first.memberId,
    });
  });

  test("that never comes back with its id leaves nothing behind", async () => {
    const { clock, join, group } = openGroup();
    answered(join("", { requiresMemberId: true }));
    expect(group()).toBeDefined();
    await clock.advance(sessionTimeoutMs);
    expect(group()).toBeUndefined();
  });
});

describe("a member", () => {
  test("that is not heard of for its session time-out is left behind, and the others are told", async () => {
    const { clock, openPair, beat, group } = openGroup();
    const { a, b } = openPair();
    await clock.advance(sessionTimeoutMs - 1);
    expect(beat(a)).toBe(ErrorCode.none);
    await clock.advance(1);
    expect(beat(a)).toBe(ErrorCode.rebalanceInProgress);
    expect(beat(b)).toBe(ErrorCode.unknownMemberId);
    expect(group()?.members.size).toBe(1);
  });

  test("is not timed while its join waits for the others", async () => {
    const { clock, openPair, join, beat } = openGroup();
    const { a, b } = openPair();
    const again = join(b.memberId, { protocols: [{ name: "range", metadata: Buffer.from("new") }] });
    for (let i = 0; i < 4; i++) {
      await clock.advance(sessionTimeoutMs - 1);
      beat(a);
    }
    answered(join(a.memberId));
    expect(answered(again).errorCode).toBe(0);
  });

  test("that leaves gives way at once, and a second time is unknown", () => {
    const { groups, openPair, beat } = openGroup();
    const { a, b } = openPair();
    expect(groups.leave("g", b.memberId, null)).toBe(ErrorCode.none);
    expect(beat(a)).toBe(ErrorCode.rebalanceInProgress);
    expect(groups.leave("g", b.memberId, null)).toBe(ErrorCode.unknownMemberId);
  });

  test("that leaves last leaves an empty group", () => {
    const { groups, openPair, group } = openGroup();
    const { a, b } = openPair();
    groups.leave("g", a.memberId, null);
    groups.leave("g", b.memberId, null);
    expect(group()).toMatchObject({ state: "Empty", protocolName: null, leaderId: null });
    expect(groups.delete("g")).toBe(ErrorCode.none);
    expect(groups.delete("g")).toBe(ErrorCode.groupIdNotFound);
  });

  test("hands the lead over when it goes", () => {
    const { groups, openPair, join } = openGroup();
    const { a, b } = openPair();
    groups.leave("g", a.memberId, null);
    expect(answered(join(b.memberId))).toMatchObject({ leader: b.memberId, errorCode: 0 });
  });
});

describe("the coordinator refuses", () => {
  const joins: [string, string, Partial<JoinRequest>, ErrorCode][] = [
    ["a session time-out below the bound", "", { sessionTimeoutMs: 5_999 }, ErrorCode.invalidSessionTimeout],
    [
      "a session time-out above the bound",
      "",
      { sessionTimeoutMs: 1_800_001 },
      ErrorCode.invalidSessionTimeout,
    ],
    ["a member id it never gave", "stranger", {}, ErrorCode.unknownMemberId],
    ["no protocols", "", { protocols: [] }, ErrorCode.inconsistentGroupProtocol],
    ["no protocol type", "", { protocolType: "" }, ErrorCode.inconsistentGroupProtocol],
    [
      "more metadata than any assignor writes",
      "",
      { protocols: [{ name: "range", metadata: Buffer.alloc(2 ** 20 + 1) }] },
      ErrorCode.unknownServerError,
    ],
  ];
  test.each(joins)("a join with %s", (_, memberId, more, code) => {
    expect(answered(openGroup().join(memberId, more)).errorCode).toBe(code);
  });

  test.each([
    ["another protocol type", { protocolType: "connect" }],
    ["no protocol in common", { protocols: [{ name: "other", metadata: Buffer.alloc(0) }] }],
  ])("to let a member with %s into a group", (_, more) => {
    const { openPair, join } = openGroup();
    openPair();
    expect(answered(join("", more)).errorCode).toBe(ErrorCode.inconsistentGroupProtocol);
  });

  test("more than 1,000 members", () => {
    const { join } = openGroup();
    for (let i = 0; i < 1_000; i++) join("", { requiresMemberId: true });
    expect(answered(join("", { requiresMemberId: true })).errorCode).toBe(ErrorCode.groupMaxSizeReached);
  });

  test("a sync or heartbeat of another generation, or of a stranger", () => {
    const { openPair, sync, beat } = openGroup();
    const { a } = openPair();
    expect(beat({ ...a, generationId: 1 })).toBe(ErrorCode.illegalGeneration);
    expect(beat({ ...a, memberId: "stranger" })).toBe(ErrorCode.unknownMemberId);
    expect(answered(sync({ ...a, generationId: 1 })).errorCode).toBe(ErrorCode.illegalGeneration);
    expect(answered(sync({ ...a, memberId: "stranger" })).errorCode).toBe(ErrorCode.unknownMemberId);
  });

  test("a sync while members join", () => {
    const { openPair, join, sync } = openGroup();
    const { a } = openPair();
    join("");
    expect(answered(sync(a)).errorCode).toBe(ErrorCode.rebalanceInProgress);
  });

  test("to delete a group with members", () => {
    const { openPair, groups } = openGroup();
    openPair();
    expect(groups.delete("g")).toBe(ErrorCode.nonEmptyGroup);
  });

  test("an empty group id", () => {
    const { groups } = openGroup();
    const nobody = { memberId: "m", generationId: 1, groupInstanceId: null };
    expect(groups.heartbeat("", nobody)).toBe(ErrorCode.invalidGroupId);
    expect(groups.leave("", "m", null)).toBe(ErrorCode.invalidGroupId);
    expect(groups.delete("")).toBe(ErrorCode.groupIdNotFound);
  });
});

describe("a commit", () => {
  const codeOf = (opened: object) => ("errorCode" in opened ? opened.errorCode : ErrorCode.none);
  const simple = { generationId: -1, memberId: "", groupInstanceId: null };

  test("of a client without membership is for groups without members", () => {
    const { groups, openPair } = openGroup();
    expect(codeOf(groups.openCommit("g", simple))).toBe(ErrorCode.none);
    openPair();
    expect(codeOf(groups.openCommit("g", simple))).toBe(ErrorCode.unknownMemberId);
  });

  test("of a member is taken in its generation, and while others join", () => {
    const { groups, openPair, join } = openGroup();
    const { a } = openPair();
    const speaker = { ...a, groupInstanceId: null };
    expect(codeOf(groups.openCommit("g", speaker))).toBe(ErrorCode.none);
    expect(codeOf(groups.openCommit("g", { ...speaker, generationId: 1 }))).toBe(ErrorCode.illegalGeneration);
    expect(codeOf(groups.openCommit("g", { ...speaker, memberId: "x" }))).toBe(ErrorCode.unknownMemberId);
    join("");
    expect(codeOf(groups.openCommit("g", speaker))).toBe(ErrorCode.none);
  });

  test("before the shares are given out is put off", () => {
    const { groups, join } = openGroup();
    const first = answered(join(""));
    expect(codeOf(groups.openCommit("g", { ...first, groupInstanceId: null }))).toBe(
      ErrorCode.rebalanceInProgress,
    );
  });

  test("of a member of a group that does not exist is refused", () => {
    const { groups } = openGroup();
    const speaker = { generationId: 1, memberId: "m", groupInstanceId: null };
    expect(codeOf(groups.openCommit("other", speaker))).toBe(ErrorCode.illegalGeneration);
  });

  test("counts as a sign of life", async () => {
    const { clock, groups, openPair, beat } = openGroup();
    const { a } = openPair();
    await clock.advance(sessionTimeoutMs - 1);
    groups.openCommit("g", { ...a, groupInstanceId: null });
    await clock.advance(sessionTimeoutMs - 1);
    expect(beat(a)).toBe(ErrorCode.rebalanceInProgress);
  });
});

describe("a static member", () => {
  const asStatic = { groupInstanceId: "pod-1", requiresMemberId: true };

  test("that comes back takes its share over without a rebalance, and the old one is fenced", () => {
    const { groups, join, sync, beat } = openGroup();
    const leader = answered(join(""));
    const waiting = join("", asStatic);
    const a = answered(join(leader.memberId));
    const old = answered(waiting);
    const share = sync(old);
    sync(a, { [old.memberId]: "static share" });
    answered(share);

    const back = answered(join("", asStatic));
    expect(back).toMatchObject({ errorCode: 0, generationId: old.generationId });
    expect(back.memberId).not.toBe(old.memberId);
    expect(answered(sync(back)).assignment.toString()).toBe("static share");
    expect(beat(a)).toBe(ErrorCode.none);
    const speaker = { ...old, groupInstanceId: "pod-1" };
    expect(groups.heartbeat("g", speaker)).toBe(ErrorCode.fencedInstanceId);
    expect(answered(join(old.memberId, asStatic)).errorCode).toBe(ErrorCode.fencedInstanceId);
  });

  test("that comes back with another subscription keeps its share, unless the protocol changes by it", () => {
    const { join, sync, beat } = openGroup();
    const protocols = ["range", "sticky"].map((name) => ({ name, metadata: Buffer.from("topics") }));
    const other = protocols.map(({ name }) => ({ name, metadata: Buffer.from("other") }));
    const first = answered(join("", { protocols }));
    const waiting = join("", { ...asStatic, protocols });
    const a = answered(join(first.memberId, { protocols }));
    answered(waiting);
    answered(sync(a));
    const back = answered(join("", { ...asStatic, protocols: other }));
    expect(back).toMatchObject({ errorCode: 0, generationId: a.generationId });
    expect(beat(a)).toBe(ErrorCode.none);
    expect(join("", { ...asStatic, protocols: other.slice(1) }).answer()).toBeNull();
    expect(beat(a)).toBe(ErrorCode.rebalanceInProgress);
  });

  test.each([
    [true, "is told to skip the assignment"],
    [false, "is not told that it leads"],
  ])("that led and comes back (skip assignment known: %s) %s", (knowsSkipAssignment) => {
    const { join, sync } = openGroup();
    const old = answered(join("", { ...asStatic, knowsSkipAssignment }));
    answered(sync(old, { [old.memberId]: "all" }));
    const back = answered(join("", { ...asStatic, knowsSkipAssignment }));
    expect(back.skipAssignment).toBe(knowsSkipAssignment);
    expect(back.leader).toBe(knowsSkipAssignment ? back.memberId : old.memberId);
    expect(answered(sync(back)).assignment.toString()).toBe("all");
  });

  test("can be removed by its instance id alone", () => {
    const { groups, join, group } = openGroup();
    answered(join("", asStatic));
    expect(groups.leave("g", "", "pod-2")).toBe(ErrorCode.unknownMemberId);
    expect(groups.leave("g", "", "pod-1")).toBe(ErrorCode.none);
    expect(group()?.members.size).toBe(0);
  });
});
