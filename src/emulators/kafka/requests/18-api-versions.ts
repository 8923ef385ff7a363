/**
 * ApiVersions (key 18). Served: 0-4.
 *
 * Answers from the list of APIs that the router serves. A version that is not served gets a body in version 0
 * with error 35 and the list, from which the client learns what to send instead; that is the router's doing, as
 * is the response header without tags in every version.
 *
 * 1     throttle time
 * 3     flexible; the client's name and version; features
 * 4     features that may be off
 */
import { type Api, defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { bool, int16, int32, int64, string, structs } from "../protocol/field.ts";

/** What Kafka takes for the name or version of client software. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersionsKey = 18;
const groupVersion = "group.version";

export function listApiVersions(apis: Iterable<Api>) {
  return Array.from(apis, ({ key, versions }) => ({
    apiKey: key,
    minVersion: versions[0],
    maxVersion: versions[1],
  }));
}

/**
 * That groups of KIP-848 are on, which is all that Kafka's features say of what is served here. Version 3 cannot
 * show a feature that may be off, so there it is only among those that are on.
 */
function features(version: number) {
  if (version < 3) return {};
  return {
    ...(version >= 4 && { supportedFeatures: [{ name: groupVersion, minVersion: 0, maxVersion: 1 }] }),
    finalizedFeaturesEpoch: 0,
    finalizedFeatures: [{ name: groupVersion, maxVersionLevel: 1, minVersionLevel: 1 }],
  };
}

/** `apis` is called when a request comes, since the list holds this API too. */
export function createApiVersions(apis: () => Iterable<Api>) {
  return defineApi({
    key: apiVersionsKey,
    name: "ApiVersions",
    versions: [0, 4],
    flexibleSince: 3,
    request: {
      clientSoftwareName: string({ since: 3 }),
      clientSoftwareVersion: string({ since: 3 }),
    },
    response: {
      errorCode: int16(),
      apiKeys: structs({ apiKey: int16(), minVersion: int16(), maxVersion: int16() }),
      throttleTimeMs: int32({ since: 1 }),
      supportedFeatures: structs(
        { name: string(), minVersion: int16(), maxVersion: int16() },
        { since: 3, tag: 0 },
      ),
      finalizedFeaturesEpoch: int64({ since: 3, tag: 1, default: -1 }),
      finalizedFeatures: structs(
        { name: string(), maxVersionLevel: int16(), minVersionLevel: int16() },
        { since: 3, tag: 2 },
      ),
      zkMigrationReady: bool({ since: 3, tag: 3 }),
    },
    handle({ clientSoftwareName, clientSoftwareVersion }, { version }) {
      const isNamed = softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion);
      if (version >= 3 && !isNamed) return { errorCode: ErrorCode.invalidRequest };
      return { apiKeys: listApiVersions(apis()), ...features(version) };
    },
  });
}
