/**
 * Which versions of which APIs of Kafka, and which error codes, the cases cover, and how often.
 */
import { apis } from "../../src/emulators/kafka/apis.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import type { ObservedCall, ObservedCase } from "./kafka-observed.ts";
import type { CoverageRow } from "./registry-cases/coverage.ts";

/** Versions that cannot answer with an error, with the reason. */
export const cannotFail: Readonly<Record<string, { readonly until: number; readonly reason: string }>> = {
  ApiVersions: { until: 2, reason: "nothing is in the request that could be wrong" },
  DescribeCluster: { until: 0, reason: "nothing is in the request that could be wrong" },
  DescribeGroups: { until: 5, reason: "a group that is not there is Dead, without an error" },
  FindCoordinator: { until: 0, reason: "every key has a coordinator, and there is one kind" },
  ListConfigResources: { until: 0, reason: "nothing is in the request that could be wrong" },
  ListTransactions: { until: 1, reason: "what no transaction is listed for is no error" },
  ListGroups: { until: 5, reason: "what no group is listed for is no error" },
  OffsetFetch: { until: 6, reason: "what is not there was not committed, without an error" },
};

/** Versions that are advertised, and never answered without an error here, with the reason. */
export const cannotSucceed: Readonly<Record<string, { readonly until: number; readonly reason: string }>> = {
  Produce: { until: 2, reason: "librdkafka wants them advertised; Kafka refuses them" },
  SaslHandshake: { until: 1, reason: "there is nothing to log in to here; see integration-tests/security" },
  SaslAuthenticate: {
    until: 2,
    reason: "there is nothing to log in to here; see integration-tests/security",
  },
};

/** Error codes that no request can provoke, with the reason. */
export const beyondRequests: Partial<Record<ErrorCode, string>> = {
  [ErrorCode.coordinatorNotAvailable]: "the emulator's bound of 10,000 groups, which Kafka does not have",
  [ErrorCode.unsupportedSaslMechanism]: "needs a listener with SASL; see integration-tests/security",
  [ErrorCode.saslAuthenticationFailed]: "needs a listener with SASL; see integration-tests/security",
  [ErrorCode.groupMaxSizeReached]: "the emulator's bound of 1,000 members; Kafka's own is a broker's setting",
};

export interface KafkaCoverage {
  readonly rows: readonly CoverageRow[];
  /** What has no case, or no error case. */
  readonly holes: readonly string[];
}

export type AdvertisedApi = {
  readonly key: number;
  readonly name: string;
  readonly versions: readonly [min: number, max: number];
};

/**
 * A case counts for a version when it was answered without an error, and as an error case when with one, or with the
 * end of the connection.
 */
export function measureKafkaCoverage(
  cases: readonly ObservedCase[],
  advertised: Iterable<AdvertisedApi> = apis.values(),
): KafkaCoverage {
  const count = (matches: (call: ObservedCall) => boolean) =>
    cases.filter(({ calls }) => calls.some(matches)).length;
  const versionRows = [...advertised].flatMap(({ key, name, versions: [min, max] }) =>
    Array.from({ length: max - min + 1 }, (_, index): CoverageRow => {
      const version = min + index;
      const isAsked = (call: ObservedCall) => call.key === key && call.version === version;
      const isRefused = ({ errorCodes, isClosed }: ObservedCall) => isClosed || errorCodes.length > 0;
      const isExempt = (exempt: { readonly until: number } | undefined) =>
        exempt !== undefined && version <= exempt.until;
      return {
        what: `${name} ${version}`,
        cases: count((call) => isAsked(call) && (isExempt(cannotSucceed[name]) || !isRefused(call))),
        errorCases: isExempt(cannotFail[name]) ? null : count((call) => isAsked(call) && isRefused(call)),
      };
    }),
  );
  const codeRows = Object.entries(ErrorCode)
    .filter(([, code]) => code !== ErrorCode.none && beyondRequests[code] === undefined)
    .map(
      ([name, code]): CoverageRow => ({
        what: `error ${code} ${name}`,
        cases: count(({ errorCodes }) => errorCodes.includes(code)),
        errorCases: null,
      }),
    );
  const rows = [...versionRows, ...codeRows];
  return {
    rows,
    holes: rows.filter((row) => row.cases === 0 || row.errorCases === 0).map(({ what }) => what),
  };
}
