/**
 * ListConfigResources (key 74). Served: 0-1.
 *
 * 0     flexible from the start; subscriptions of client metrics, of which there are none
 * 1     topics, the broker and its logger; groups have no settings here
 */
import { brokerId } from "../broker.ts";
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int8, int16, int32, string, structs } from "../protocol/field.ts";
import { resourceTypes } from "./32-describe-configs.ts";

const brokerLogger = 8;
const clientMetrics = 16;
const groupType = 32;
const listable: readonly number[] = [
  resourceTypes.topic,
  resourceTypes.broker,
  brokerLogger,
  clientMetrics,
  groupType,
];

export const listConfigResources = defineApi({
  key: 74,
  name: "ListConfigResources",
  versions: [0, 1],
  flexibleSince: 0,
  request: { resourceTypes: arrayOf(int8(), { since: 1 }) },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: structs({
      resourceName: string(),
      resourceType: int8({ since: 1, default: clientMetrics }),
    }),
  },
  handle({ resourceTypes: given }, { broker, version }) {
    if (version === 0) return {};
    if (given.some((type) => !listable.includes(type))) return { errorCode: ErrorCode.unsupportedVersion };
    const wanted = new Set(given.length === 0 ? listable : given);
    const named = (resourceType: number, names: string[]) =>
      wanted.has(resourceType) ? names.map((resourceName) => ({ resourceName, resourceType })) : [];
    return {
      configResources: [
        ...named(
          resourceTypes.topic,
          Array.from(broker.topics.list(), ({ name }) => name),
        ),
        ...named(resourceTypes.broker, [String(brokerId)]),
        ...named(brokerLogger, [String(brokerId)]),
      ],
    };
  },
});
