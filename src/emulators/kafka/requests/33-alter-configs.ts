/**
 * AlterConfigs (key 33). Served: 0-2.
 *
 * A topic's settings become exactly those given. The broker's own cannot be changed.
 *
 * 2     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { bool, int8, int16, int32, nullableString, string, structs } from "../protocol/field.ts";
import { alterTopicConfig } from "./44-incremental-alter-configs.ts";

export const alterConfigs = defineApi({
  key: 33,
  name: "AlterConfigs",
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    resources: structs({
      resourceType: int8(),
      resourceName: string(),
      configs: structs({ name: string(), value: nullableString() }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: structs({
      errorCode: int16(),
      errorMessage: nullableString(),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
  handle({ resources, validateOnly }, { broker }) {
    return {
      responses: resources.map((resource) => ({
        resourceType: resource.resourceType,
        resourceName: resource.resourceName,
        ...alterTopicConfig(
          broker,
          resource,
          validateOnly,
          () => new Map(),
          () => "set",
        ),
      })),
    };
  },
});
