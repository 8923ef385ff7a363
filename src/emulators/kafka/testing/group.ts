/**
 * A group coordinator under a clock that tests move, without a broker around it.
 */
import { createManualClock } from "../../../kernel/clock.ts";
import { createGroupCoordinator } from "../groups/coordinator.ts";
import type { JoinAnswer, SyncAnswer } from "../groups/group.ts";
import type { JoinRequest } from "../groups/join.ts";

export const sessionTimeoutMs = 10_000;
export const rebalanceTimeoutMs = 60_000;

/** A coordinator of one group, "g", and members as clients drive them. */
export function openGroup() {
  const clock = createManualClock();
  const groups = createGroupCoordinator({ clock, minSessionTimeoutMs: 6_000 });
  const join = (memberId: string, more: Partial<JoinRequest> = {}) => {
    let answer: JoinAnswer | null = null;
    groups.join(
      "g",
      {
        memberId,
        groupInstanceId: null,
        clientId: "client",
        clientHost: "127.0.0.1",
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType: "consumer",
        protocols: [{ name: "range", metadata: Buffer.from("topics") }],
        requiresMemberId: false,
        knowsSkipAssignment: false,
        ...more,
      },
      (given) => {
        answer = given;
      },
    );
    return { answer: () => answer as JoinAnswer | null };
  };
  const sync = (member: JoinAnswer, shares: Record<string, string> = {}) => {
    let answer: SyncAnswer | null = null;
    const assignments = Object.entries(shares).map(([memberId, share]) => ({
      memberId,
      assignment: Buffer.from(share),
    }));
    groups.sync(
      "g",
      {
        generationId: member.generationId,
        memberId: member.memberId,
        groupInstanceId: null,
        protocolType: null,
        protocolName: null,
        assignments,
      },
      (given) => {
        answer = given;
      },
    );
    return { answer: () => answer as SyncAnswer | null };
  };
  const beat = ({ memberId, generationId }: Pick<JoinAnswer, "memberId" | "generationId">) =>
    groups.heartbeat("g", { memberId, generationId, groupInstanceId: null });
  const group = () => groups.find("g")?.group;

  /** A stable group of two, of which `first` leads. */
  const openPair = (more: Partial<JoinRequest> = {}) => {
    const first = answered(join("", more));
    const second = join("", more);
    const rejoined = join(first.memberId, more);
    const [a, b] = [answered(rejoined), answered(second)];
    const waiting = sync(b);
    answered(sync(a, { [a.memberId]: "share of a", [b.memberId]: "share of b" }));
    answered(waiting);
    return { a, b };
  };
  return { clock, groups, join, sync, beat, group, openPair };
}

/** Throws while there is no answer. */
export function answered<T>({ answer }: { answer: () => T | null }): T {
  const given = answer();
  if (given === null) throw new Error("no answer yet");
  return given;
}
