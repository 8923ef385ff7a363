/**
 * DescribeCluster (key 60). Served: 0-2.
 *
 * 0     flexible from the start
 * 1     endpoint type: brokers (1); there are no controllers (2) to talk to
 * 2     fenced brokers, of which there are none
 */
import { brokerId } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { bool, int8, int16, int32, nullableString, string, structs } from "../protocol/field.ts";
import { authorizedOperations, operationsNotAsked } from "./authorized-operations.ts";

const brokerEndpoint = 1;
const controllerEndpoint = 2;

export const describeCluster = defineApi({
  key: 60,
  name: "DescribeCluster",
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ since: 1, default: brokerEndpoint }),
    includeFencedBrokers: bool({ since: 2 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullableString(),
    endpointType: int8({ since: 1, default: brokerEndpoint }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: structs({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: nullableString(),
      isFenced: bool({ since: 2 }),
    }),
    clusterAuthorizedOperations: int32({ default: operationsNotAsked }),
  },
  handle({ endpointType, includeClusterAuthorizedOperations }, { broker }) {
    if (endpointType !== brokerEndpoint) {
      return {
        errorCode:
          endpointType === controllerEndpoint
            ? ErrorCode.mismatchedEndpointType
            : ErrorCode.unsupportedEndpointType,
        errorMessage: `Endpoint type ${endpointType} is not served here.`,
        endpointType,
      };
    }
    return {
      clusterId: broker.clusterId,
      controllerId: brokerId,
      brokers: [{ brokerId, ...broker.address, rack: null }],
      ...(includeClusterAuthorizedOperations && {
        clusterAuthorizedOperations: authorizedOperations.cluster,
      }),
    };
  },
});
