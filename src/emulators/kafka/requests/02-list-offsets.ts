/**
 * ListOffsets (key 2). Served: 1-10.
 *
 * A timestamp gives the first record at it or later. Nothing found is offset -1 without an error. A partition that is
 * asked for twice is refused.
 *
 * 2     isolation level: to read_committed, the log ends at the first undecided transaction
 * 4     leader epochs
 * 6     flexible
 * 7     timestamp -3: the newest record
 * 8     timestamp -4: earliest local offset, which is the earliest
 * 9     timestamp -5: last tiered offset, of which there is none
 * 10    timeout
 */
import { checkCurrentEpoch, leaderEpoch } from "../log/leader-epoch.ts";
import type { PartitionLog } from "../log/partition-log.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { int8, int16, int32, int64, string, structs } from "../protocol/field.ts";
import { lastNamed, repeatedKeys } from "./unique-by.ts";

const readCommitted = 1;

const latest = -1;
const earliest = -2;
const newest = -3;
const earliestLocal = -4;
const latestTiered = -5;

const nothing = { timestampMs: -1, offset: -1, leaderEpoch: -1 };

/** Undefined for a special timestamp that this version does not know. */
function lookUp(partition: PartitionLog, timestampMs: number, version: number, isCommittedOnly: boolean) {
  const endOffset = isCommittedOnly ? partition.lastStableOffset : partition.endOffset;
  const at = (offset: number) => ({ timestampMs: -1, offset, leaderEpoch });
  switch (timestampMs) {
    case latest:
      return at(endOffset);
    case earliest:
      return at(partition.startOffset);
    case newest: {
      if (version < 7) return undefined;
      const found = partition.findNewest();
      return found === null ? nothing : { ...found, leaderEpoch };
    }
    case earliestLocal:
      return version < 8 ? undefined : at(partition.startOffset);
    case latestTiered:
      return version < 9 ? undefined : nothing;
    default: {
      if (timestampMs < 0) return undefined;
      const found = partition.findByTime(timestampMs);
      return found === null || found.offset >= endOffset ? nothing : { ...found, leaderEpoch };
    }
  }
}

export const listOffsets = defineApi({
  key: 2,
  name: "ListOffsets",
  versions: [1, 10],
  flexibleSince: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }),
    topics: structs({
      name: string(),
      partitions: structs({
        index: int32(),
        currentLeaderEpoch: int32({ since: 4, default: -1 }),
        timestampMs: int64(),
      }),
    }),
    timeoutMs: int32({ since: 10 }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: structs({
      name: string(),
      partitions: structs({
        index: int32(),
        errorCode: int16(),
        timestampMs: int64({ default: -1 }),
        offset: int64({ default: -1 }),
        leaderEpoch: int32({ since: 4, default: -1 }),
      }),
    }),
  },
  handle({ topics, isolationLevel }, { broker, version }) {
    const repeated = repeatedKeys(
      topics.flatMap(({ name, partitions }) => partitions.map(({ index }) => `${name} ${index}`)),
      String,
    );
    return {
      topics: lastNamed(topics).map(({ name, partitions }) => {
        const topic = broker.topics.byName(name);
        return {
          name,
          partitions: partitions.map(({ index, currentLeaderEpoch, timestampMs }) => {
            if (repeated.has(`${name} ${index}`)) return { index, errorCode: ErrorCode.invalidRequest };
            const partition = topic?.partitions[index];
            if (partition === undefined) return { index, errorCode: ErrorCode.unknownTopicOrPartition };
            if (isolationLevel > readCommitted) return { index, errorCode: ErrorCode.unknownServerError };
            const epochError = checkCurrentEpoch(currentLeaderEpoch);
            if (epochError !== ErrorCode.none) return { index, errorCode: epochError };
            const found = lookUp(partition, timestampMs, version, isolationLevel === readCommitted);
            if (found === undefined) return { index, errorCode: ErrorCode.unsupportedVersion };
            return { index, errorCode: ErrorCode.none, ...found };
          }),
        };
      }),
    };
  },
});
