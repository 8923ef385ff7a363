/**
 * Where clients find the new leader of a partition that moved (KIP-951). With one broker nothing moves, so these
 * fields are only described, for whoever decodes answers of a real cluster with them.
 */
import { int32, nullableString, string, struct, structs } from "../protocol/field.ts";

export const currentLeader = (tag: number, since: number) =>
  struct({ leaderId: int32({ default: -1 }), leaderEpoch: int32({ default: -1 }) }, { since, tag });

export const nodeEndpoints = (since: number) =>
  structs({ nodeId: int32(), host: string(), port: int32(), rack: nullableString() }, { since, tag: 0 });
