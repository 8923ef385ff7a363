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
};

/** Error codes that no request can provoke, with the reason. */
export const beyondRequests: Partial<Record<ErrorCode, string>> = {};

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

/** A case counts for a version when it was answered without an error, and as an error case when with one. */
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
      const exempt = cannotFail[name];
      return {
        what: `${name} ${version}`,
        cases: count((call) => isAsked(call) && call.errorCodes.length === 0),
        errorCases:
          exempt !== undefined && version <= exempt.until
            ? null
            : count((call) => isAsked(call) && call.errorCodes.length > 0),
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
