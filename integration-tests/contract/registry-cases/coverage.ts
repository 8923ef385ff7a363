/**
 * Which routes, query parameters and error codes of the registry's API the cases cover, and how often.
 */
import { resolveContextPath } from "../../../src/emulators/registry/context.ts";
import { type RouteName, routes } from "../../../src/emulators/registry/coverage.ts";
import { type ErrorCode, errorCodes, Refusal } from "../../../src/emulators/registry/refusal.ts";
import { matchRoute } from "../../../src/emulators/registry/router.ts";
import type { RegistryCase, Step } from "./case.ts";

/** Error codes that no request can provoke, with the reason. */
const beyondRequests: Partial<Record<ErrorCode, string>> = {
  413: "a body too large is a limit of each server's own; the emulator's tests hold it to its limit",
  50001: "the store fails for no reason of a client's",
};

export interface CoverageRow {
  readonly what: string;
  readonly cases: number;
  readonly errorCases: number | null;
}

export interface RegistryCoverage {
  readonly rows: readonly CoverageRow[];
  /** What has no case, or no error case. */
  readonly holes: readonly string[];
}

export function measureCoverage(cases: readonly RegistryCase[]): RegistryCoverage {
  const names = Object.keys(routes) as RouteName[];
  const count = (matches: (step: Step) => boolean) => cases.filter(({ steps }) => steps.some(matches)).length;
  const routeRows = names.map((name): CoverageRow => {
    const { method, path } = routes[name];
    return {
      what: `${method} ${path}`,
      cases: count((step) => routeOf(step) === name && step.code === 0),
      errorCases: count((step) => routeOf(step) === name && step.code !== 0),
    };
  });
  const queryRows = names.flatMap((name) =>
    routes[name].query.map(
      (parameter): CoverageRow => ({
        what: `${routes[name].method} ${routes[name].path}?${parameter}`,
        cases: count((step) => routeOf(step) === name && new RegExp(`[?&]${parameter}=`).test(step.send)),
        errorCases: null,
      }),
    ),
  );
  const codeRows = errorCodes
    .filter((code) => beyondRequests[code] === undefined)
    .map(
      (code): CoverageRow => ({
        what: `error ${code}`,
        cases: count((step) => step.code === code),
        errorCases: null,
      }),
    );
  const rows = [...routeRows, ...queryRows, ...codeRows];
  return {
    rows,
    holes: rows.filter((row) => row.cases === 0 || row.errorCases === 0).map(({ what }) => what),
  };
}

/** One line each, with the number of cases and, for a route, of cases in which it refuses. */
export function printCoverage({ rows }: RegistryCoverage): string {
  return rows
    .map(
      ({ what, cases, errorCases }) =>
        `${String(cases).padStart(4)} ${errorCases === null ? "    " : String(errorCases).padStart(4)}  ${what}\n`,
    )
    .join("");
}

function routeOf({ send }: Step): RouteName | null {
  const [method = "GET", target = "/"] = send.split(" ", 2);
  const [rawPath = "/", rawQuery] = target.split("?", 2);
  try {
    const { path } = resolveContextPath({ path: rawPath, query: new URLSearchParams(rawQuery) });
    return matchRoute(method, path).name;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
