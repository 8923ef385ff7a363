/**
 * OffsetFetch (key 9). Served: 1-9.
 *
 * What was never committed is offset -1 without an error, also in a group that does not exist.
 *
 * 2     null topics means all
 * 5     leader epoch
 * 6     flexible
 * 7     require stable: error 88 for what an undecided transaction has committed
 * 8     several groups
 * 9     member id and epoch, which members of KIP-848 groups give
 */
import { type ConsumerGroup, checkMemberEpoch } from "../groups/consumer-group.ts";
import type { GroupOffsets } from "../groups/offsets.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  arrayOf,
  bool,
  int16,
  int32,
  int64,
  nullableString,
  nullableStructs,
  string,
  structs,
} from "../protocol/field.ts";
import { uniqueBy } from "./unique-by.ts";

interface WantedTopic {
  readonly name: string;
  readonly partitions: readonly number[];
}

function look(
  offsets: GroupOffsets | undefined,
  topics: readonly WantedTopic[] | null,
  requireStable: boolean,
) {
  const all = () => offsets?.topics().map(({ topic, partitions }) => ({ name: topic, partitions })) ?? [];
  return (topics ?? all()).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((index) => {
      const isUnstable = requireStable && offsets?.isPending(name, index) === true;
      const committed = isUnstable ? undefined : offsets?.get(name, index);
      return {
        index,
        offset: committed?.offset ?? -1,
        leaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? "",
        errorCode: isUnstable ? ErrorCode.unstableOffsetCommit : ErrorCode.none,
      };
    }),
  }));
}

/** Only members of KIP-848 groups say who they are. */
function checkReader(
  group: ConsumerGroup | null,
  { memberId, memberEpoch }: { readonly memberId: string | null; readonly memberEpoch: number },
): ErrorCode {
  if (group === null || (memberId === null && memberEpoch < 0)) return ErrorCode.none;
  // Kafka cannot look up a member that is null.
  return memberId === null ? ErrorCode.unknownServerError : checkMemberEpoch(group, memberId, memberEpoch);
}

const answeredTopic = {
  name: string(),
  partitions: structs({
    index: int32(),
    offset: int64(),
    leaderEpoch: int32({ since: 5, default: -1 }),
    metadata: nullableString(),
    errorCode: int16(),
  }),
};
const wantedTopic = { name: string(), partitions: arrayOf(int32()) };

export const offsetFetch = defineApi({
  key: 9,
  name: "OffsetFetch",
  versions: [1, 9],
  flexibleSince: 6,
  request: {
    groupId: string({ until: 7 }),
    topics: nullableStructs(wantedTopic, { until: 7, nullableSince: 2, default: [] }),
    groups: structs(
      {
        groupId: string(),
        memberId: nullableString({ since: 9 }),
        memberEpoch: int32({ since: 9, default: -1 }),
        topics: nullableStructs(wantedTopic),
      },
      { since: 8 },
    ),
    requireStable: bool({ since: 7 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: structs(answeredTopic, { until: 7 }),
    errorCode: int16({ since: 2, until: 7 }),
    groups: structs({ groupId: string(), topics: structs(answeredTopic), errorCode: int16() }, { since: 8 }),
  },
  handle({ groupId, topics, groups, requireStable }, { broker, version }) {
    const answer = (id: string, wanted: readonly WantedTopic[] | null) => ({
      groupId: id,
      topics: look(broker.groups.find(id)?.offsets, wanted, requireStable),
      errorCode: ErrorCode.none,
    });
    if (version >= 8)
      return {
        groups: uniqueBy(groups, ({ groupId: id }) => id).map((group) => {
          const errorCode = checkReader(broker.groups.find(group.groupId)?.consumer ?? null, group);
          if (errorCode !== ErrorCode.none) return { groupId: group.groupId, errorCode };
          return answer(group.groupId, group.topics);
        }),
      };
    return answer(groupId, topics);
  },
});
