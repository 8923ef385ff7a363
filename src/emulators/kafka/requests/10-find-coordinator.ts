/**
 * FindCoordinator (key 10). Served: 0-6.
 *
 * The one broker coordinates every group and every transaction.
 *
 * 1     key type, error message
 * 3     flexible
 * 4     several keys
 */
import { brokerId } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int8, int16, int32, nullableString, string, structs } from "../protocol/field.ts";

const groupKey = 0;
const transactionKey = 1;

const where = { nodeId: int32(), host: string(), port: int32() };
const result = { errorCode: int16(), errorMessage: nullableString() };

export const findCoordinator = defineApi({
  key: 10,
  name: "FindCoordinator",
  versions: [0, 6],
  flexibleSince: 3,
  request: {
    key: string({ until: 3 }),
    keyType: int8({ since: 1 }),
    coordinatorKeys: arrayOf(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16({ until: 3 }),
    errorMessage: nullableString({ since: 1, until: 3, default: "" }),
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    coordinators: structs({ key: string(), ...where, ...result }, { since: 4 }),
  },
  handle({ keyType, coordinatorKeys }, { broker, version }) {
    const answer =
      keyType === groupKey || keyType === transactionKey
        ? { nodeId: brokerId, ...broker.address, errorCode: ErrorCode.none, errorMessage: "" }
        : {
            nodeId: -1,
            host: "",
            port: -1,
            errorCode: ErrorCode.invalidRequest,
            errorMessage: `There is no coordinator of type ${keyType}: groups and transactions have one.`,
          };
    // Kafka's older answers name the error there is not.
    if (version < 4)
      return { ...answer, ...(answer.errorCode === ErrorCode.none && { errorMessage: "NONE" }) };
    return { coordinators: coordinatorKeys.map((each) => ({ key: each, ...answer })) };
  },
});
