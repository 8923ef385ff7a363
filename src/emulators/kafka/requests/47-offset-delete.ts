/**
 * OffsetDelete (key 47). Served: 0.
 *
 * Forgets what a group committed for a partition, unless a member may still read the topic.
 */
import { isSubscribedTo } from "../groups/consumer-group.ts";
import type { Group } from "../groups/group.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int16, int32, string, structs } from "../protocol/field.ts";

export const offsetDelete = defineApi({
  key: 47,
  name: "OffsetDelete",
  versions: [0, 0],
  flexibleSince: Number.POSITIVE_INFINITY,
  request: {
    groupId: string(),
    topics: structs({ name: string(), partitions: structs({ index: int32() }) }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: structs({ name: string(), partitions: structs({ index: int32(), errorCode: int16() }) }),
  },
  handle({ groupId, topics }, { broker }) {
    if (groupId === "") return { errorCode: ErrorCode.invalidGroupId };
    const entry = broker.groups.find(groupId);
    if (entry === undefined) return { errorCode: ErrorCode.groupIdNotFound };
    const { group, consumer, offsets } = entry;
    if (group.state !== "Empty" && group.protocolType !== "consumer") {
      return { errorCode: ErrorCode.nonEmptyGroup };
    }
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ index }) => {
          if (broker.topics.byName(name)?.partitions[index] === undefined) {
            return { index, errorCode: ErrorCode.unknownTopicOrPartition };
          }
          const isRead = consumer === null ? isSubscribed(group, name) : isSubscribedTo(consumer, name);
          if (isRead) return { index, errorCode: ErrorCode.groupSubscribedToTopic };
          offsets.delete(name, index);
          return { index, errorCode: ErrorCode.none };
        }),
      })),
    };
  },
});

/** True when a member's subscription names the topic: version, then an array of names, as consumers write it. */
function isSubscribed(group: Group, topic: string): boolean {
  const name = Buffer.from(topic);
  for (const { protocols } of group.members.values()) {
    for (const { metadata } of protocols) {
      if (metadata.length < 6) continue;
      let at = 6;
      for (let left = metadata.readInt32BE(2); left > 0 && at + 2 <= metadata.length; left--) {
        const end = at + 2 + metadata.readUInt16BE(at);
        if (metadata.subarray(at + 2, end).equals(name)) return true;
        at = end;
      }
    }
  }
  return false;
}
