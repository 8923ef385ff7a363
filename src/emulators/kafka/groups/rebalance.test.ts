import { describe, expect, test } from "@jest/globals";
import { ErrorCode } from "../protocol/error-codes.ts";
import { answered, openGroup, rebalanceTimeoutMs } from "../testing/group.ts";

describe("a rebalance", () => {
  test("lets a member in as soon as every other has joined again", () => {
    const { join, sync, beat, group } = openGroup();
    const first = answered(join(""));
    answered(sync(first));
    const second = join("");
    expect(second.answer()).toBeNull();
    expect(beat(first)).toBe(ErrorCode.rebalanceInProgress);
    const again = answered(join(first.memberId));
    expect(again.generationId).toBe(2);
    expect(again.members).toHaveLength(2);
    expect(answered(second)).toMatchObject({ generationId: 2, leader: first.memberId, members: [] });
    expect(group()?.state).toBe("CompletingRebalance");
  });

  test("gives every member its share once the leader's has come", () => {
    const { openPair, sync } = openGroup();
    const { a, b } = openPair();
    expect(answered(sync(b)).assignment.toString()).toBe("share of b");
    expect(answered(sync(a)).assignment.toString()).toBe("share of a");
  });

  test("goes on without those who do not come in time", async () => {
    const { clock, openPair, join, beat, group } = openGroup();
    const { a, b } = openPair();
    const third = join("");
    const again = join(a.memberId);
    for (let i = 0; i < 12; i++) {
      expect(again.answer()).toBeNull();
      // It is alive, and never joins.
      expect(beat(b)).toBe(ErrorCode.rebalanceInProgress);
      await clock.advance(rebalanceTimeoutMs / 12);
    }
    expect(answered(again).members).toHaveLength(2);
    expect(answered(third).errorCode).toBe(0);
    expect(beat(b)).toBe(ErrorCode.unknownMemberId);
    expect(group()?.generationId).toBe(3);
  });

  test("starts again without a member that joins and never syncs", async () => {
    const { clock, join, sync, beat, group } = openGroup();
    const first = answered(join(""));
    answered(sync(first));
    const second = join("");
    const leader = answered(join(first.memberId));
    const waiting = sync(answered(second));
    for (let i = 0; i < 12; i++) {
      expect(beat(leader)).toBe(ErrorCode.none);
      await clock.advance(rebalanceTimeoutMs / 12);
    }
    expect(answered(waiting).errorCode).toBe(ErrorCode.rebalanceInProgress);
    expect(beat(leader)).toBe(ErrorCode.unknownMemberId);
    expect(group()?.members.size).toBe(1);
  });

  test("throws those who wait for their share back to joining when someone comes in between", () => {
    const { join, sync } = openGroup();
    const first = answered(join(""));
    answered(sync(first));
    const second = join("");
    answered(join(first.memberId));
    const waiting = sync(answered(second));
    expect(waiting.answer()).toBeNull();
    join("");
    expect(answered(waiting).errorCode).toBe(ErrorCode.rebalanceInProgress);
  });

  test("chooses the protocol that most members like best among those that all have", () => {
    const { join } = openGroup();
    const offer = (...names: string[]) => ({
      protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })),
    });
    const first = answered(join("", offer("a", "b", "c")));
    const second = join("", offer("c", "b"));
    const third = join("", offer("b", "c"));
    answered(join(first.memberId, offer("a", "b", "c")));
    expect(answered(second).protocolName).toBe("b");
    expect(answered(third).protocolName).toBe("b");
  });

  test("starts when a member changes what it offers, not when it says the same again", () => {
    const { openPair, join, beat } = openGroup();
    const { a, b } = openPair();
    expect(answered(join(b.memberId)).generationId).toBe(b.generationId);
    expect(beat(a)).toBe(ErrorCode.none);
    const changed = join(b.memberId, { protocols: [{ name: "range", metadata: Buffer.from("new") }] });
    expect(changed.answer()).toBeNull();
    expect(beat(a)).toBe(ErrorCode.rebalanceInProgress);
  });

  test("starts when the leader joins again", () => {
    const { openPair, join, beat } = openGroup();
    const { a, b } = openPair();
    expect(join(a.memberId).answer()).toBeNull();
    expect(beat(b)).toBe(ErrorCode.rebalanceInProgress);
  });

  test("answers the request that a member gave up when it asks again", () => {
    const { openPair, join } = openGroup();
    const { a } = openPair();
    const givenUp = join(a.memberId);
    join(a.memberId);
    expect(answered(givenUp).errorCode).toBe(ErrorCode.rebalanceInProgress);
  });
});
