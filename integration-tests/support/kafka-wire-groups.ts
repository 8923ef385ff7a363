/**
 * Members of groups by single requests, in whatever version a case is about.
 */
import { joinGroup } from "../../src/emulators/kafka/requests/11-join-group.ts";
import { syncGroup } from "../../src/emulators/kafka/requests/14-sync-group.ts";
import { type AnswerOf, type Body, type Wire, whenSettled } from "./kafka-wire.ts";

export interface WireMember {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId: string | null;
}

export type JoinAnswer = AnswerOf<typeof joinGroup>;

const idRequired = 79;

/** Metadata of a consumer's protocol: version 0, its topics, no user data. */
export function subscriptionTo(...topics: readonly string[]): Buffer {
  const names = topics.flatMap((topic) => {
    const head = Buffer.alloc(2);
    head.writeInt16BE(topic.length);
    return [head, Buffer.from(topic)];
  });
  const head = Buffer.alloc(6);
  head.writeInt32BE(topics.length, 2);
  return Buffer.concat([head, ...names, Buffer.from([255, 255, 255, 255])]);
}

export function joinBody(groupId: string, more: Body<typeof joinGroup> = {}): Body<typeof joinGroup> {
  return {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: "",
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: subscriptionTo("t") }],
    ...more,
  };
}

/** Joins as clients do: with the id that is given, where the version wants the member to come back with it. */
export async function join(
  ask: Wire["call"],
  version: number,
  groupId: string,
  more: Body<typeof joinGroup> = {},
): Promise<JoinAnswer> {
  const first = await whenSettled(() => ask(joinGroup, version, joinBody(groupId, more)));
  if (first.errorCode !== idRequired) return first;
  return ask(joinGroup, version, joinBody(groupId, { ...more, memberId: first.memberId }));
}

/** A group of one member, which has its assignment; made beside the case's own requests. */
export async function openMember(
  wire: Wire,
  groupId: string,
  groupInstanceId: string | null = null,
  topics: readonly string[] = ["t"],
): Promise<WireMember> {
  const protocols = [{ name: "range", metadata: subscriptionTo(...topics) }];
  const { memberId, generationId, errorCode } = await join(wire.prepare, 7, groupId, {
    groupInstanceId,
    protocols,
  });
  if (errorCode !== 0) throw new Error(`joining was refused with ${errorCode}`);
  const assignments = [{ memberId, assignment: Buffer.from("share") }];
  const member = { groupId, memberId, generationId, groupInstanceId };
  const synced = await wire.prepare(syncGroup, 3, { ...member, assignments });
  if (synced.errorCode !== 0) throw new Error(`syncing was refused with ${synced.errorCode}`);
  return member;
}
