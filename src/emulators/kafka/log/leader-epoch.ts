/**
 * The epoch of every partition's leader, and what is to be said of the one that a client believes in. Spec: KIP-320.
 */
import { ErrorCode } from "../protocol/error-codes.ts";

/** There is one broker, so leadership never changes. */
export const leaderEpoch = 0;

const unknownEpoch = -1;

/** The error over the leader's epoch that a client names; none when it names none, or the right one. */
export function checkCurrentEpoch(currentLeaderEpoch: number): ErrorCode {
  if (currentLeaderEpoch === unknownEpoch || currentLeaderEpoch === leaderEpoch) return ErrorCode.none;
  return currentLeaderEpoch > leaderEpoch ? ErrorCode.unknownLeaderEpoch : ErrorCode.fencedLeaderEpoch;
}
