/**
 * Members of a group as single requests: they do nothing that a case does not tell them.
 */
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { joinGroup } from "../../src/emulators/kafka/requests/11-join-group.ts";
import { heartbeat } from "../../src/emulators/kafka/requests/12-heartbeat.ts";
import { leaveGroup } from "../../src/emulators/kafka/requests/13-leave-group.ts";
import { syncGroup } from "../../src/emulators/kafka/requests/14-sync-group.ts";
import { describeGroups } from "../../src/emulators/kafka/requests/15-describe-groups.ts";
import type { RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { openClient } from "./kafka-requests.ts";
import { only } from "./kafka-wire.ts";

export interface MemberOptions {
  readonly instanceId?: string;
  /** What the member tells the leader in its subscription, by protocol, by preference. Default: "range" and "". */
  readonly protocols?: Readonly<Record<string, string>>;
  /** What it subscribes to. */
  readonly topics?: readonly string[];
  readonly protocolType?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  /** What to join as; default: as nobody yet. */
  readonly memberId?: string;
}

export interface JoinedGroup {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Buffer }[];
}

/**
 * A consumer's metadata, version 0: topics, and what the assignor of its client wants the leader to know. Kafka's
 * coordinator never answers a join with metadata that it cannot read.
 */
export function encodeSubscription(userData: string, topics: readonly string[] = []): Buffer {
  const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
  const int32 = (value: number) => Buffer.from([0, 0, value >> 8, value & 255]);
  const data = Buffer.from(userData);
  const names = topics.flatMap((topic) => [int16(topic.length), Buffer.from(topic)]);
  return Buffer.concat([int16(0), int32(topics.length), ...names, int32(data.length), data]);
}

/** What the members tell their leader, as text, sorted. */
export function listUserData({ members }: JoinedGroup): string[] {
  const userData = members.map(({ metadata }) => {
    let at = 6;
    for (let left = metadata.readInt32BE(2); left > 0; left--) at += 2 + metadata.readInt16BE(at);
    return metadata.subarray(at + 4).toString();
  });
  return userData.sort();
}

export interface GroupMember extends AsyncDisposable {
  readonly client: RawClient;
  readonly groupId: string;
  /** As the last JoinGroup said. */
  readonly memberId: string;
  readonly generationId: number;
  /** Comes back at once with the id it is given. Rejects for no error code. */
  join(more?: MemberOptions & { version?: number }): Promise<JoinedGroup>;
  /** What the member is to do, as text; or the error's code. */
  sync(shares?: Readonly<Record<string, string>>): Promise<string | number>;
  heartbeat(generationId?: number): Promise<number>;
  /** Heartbeats until it is told of a rebalance; rejects when it is not in time. */
  isToldToRejoin(): Promise<void>;
  leave(): Promise<number>;
}

/** Longer than a session; a member that is told of a rebalance is told at its next heartbeat. */
const patienceMs = 10_000;

/** A member on a connection of its own, which has not joined. */
export async function openMember(
  bootstrap: string,
  groupId: string,
  options: MemberOptions = {},
): Promise<GroupMember> {
  const client = await openClient(bootstrap);
  let memberId = options.memberId ?? "";
  let generationId = -1;
  const groupInstanceId = options.instanceId ?? null;

  const member: GroupMember = {
    client,
    groupId,
    get memberId() {
      return memberId;
    },
    get generationId() {
      return generationId;
    },
    async join(more = {}) {
      const { version = 9, ...now } = { ...options, ...more };
      const protocols = Object.entries(now.protocols ?? { range: "" });
      const answer = await client.call(joinGroup, version, {
        groupId,
        memberId,
        groupInstanceId,
        sessionTimeoutMs: now.sessionTimeoutMs ?? 30_000,
        rebalanceTimeoutMs: now.rebalanceTimeoutMs ?? 30_000,
        protocolType: now.protocolType ?? "consumer",
        protocols: protocols.map(([name, userData]) => ({
          name,
          metadata: encodeSubscription(userData, now.topics),
        })),
      });
      memberId = answer.memberId;
      if (answer.errorCode === ErrorCode.memberIdRequired) return member.join(more);
      if (answer.errorCode === ErrorCode.none) generationId = answer.generationId;
      return answer;
    },
    async sync(shares = {}) {
      const assignments = Object.entries(shares).map(([id, share]) => ({
        memberId: id,
        assignment: Buffer.from(share),
      }));
      const who = { groupId, memberId, groupInstanceId, generationId };
      const answer = await client.call(syncGroup, 4, { ...who, assignments });
      return answer.errorCode === ErrorCode.none ? answer.assignment.toString() : answer.errorCode;
    },
    async heartbeat(generation = generationId) {
      const who = { groupId, memberId, groupInstanceId, generationId: generation };
      return (await client.call(heartbeat, 4, who)).errorCode;
    },
    async isToldToRejoin() {
      const untilMs = Date.now() + patienceMs;
      let code: number = ErrorCode.none;
      while (code === ErrorCode.none && Date.now() < untilMs) code = await member.heartbeat();
      if (code !== ErrorCode.rebalanceInProgress) throw new Error(`the heartbeat was answered with ${code}`);
    },
    async leave() {
      const members = [{ memberId, groupInstanceId }];
      const answer = await client.call(leaveGroup, 4, { groupId, members });
      return answer.errorCode === ErrorCode.none ? only(answer.members).errorCode : answer.errorCode;
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
  return member;
}

/**
 * A stable group: everyone has joined, in order, and has "NAME's share", NAME being 0, 1, ... The first one leads.
 * It is the caller's to close the members.
 */
export async function settleGroup(members: readonly GroupMember[]): Promise<void> {
  const [leader, ...others] = members;
  if (leader === undefined) return;
  await leader.join();
  await leader.sync();
  const joining: Promise<unknown>[] = [];
  for (const other of others) {
    joining.push(other.join());
    await leader.isToldToRejoin();
  }
  if (others.length > 0) {
    await untilMembers(leader.client, leader.groupId, members.length);
    await Promise.all([leader.join(), ...joining]);
  }
  const waiting = others.map((other) => other.sync());
  await leader.sync(Object.fromEntries(members.map(({ memberId }, n) => [memberId, `${n}'s share`])));
  await Promise.all(waiting);
}

/** As DescribeGroups shows it. */
export async function describeGroup(client: RawClient, groupId: string) {
  return only((await client.call(describeGroups, 5, { groups: [groupId] })).groups);
}

/** Resolves once the group has so many members. */
export async function untilMembers(client: RawClient, groupId: string, count: number): Promise<void> {
  while ((await describeGroup(client, groupId)).members.length !== count);
}

export async function untilState(client: RawClient, groupId: string, state: string): Promise<void> {
  while ((await describeGroup(client, groupId)).groupState !== state);
}
