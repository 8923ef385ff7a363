/**
 * What a client of a Schema Registry does over HTTP and what it sees; the oracle is the Confluent Schema Registry.
 */
import { afterAll, describe, expect, test } from "@jest/globals";
import { describeRegistry } from "../support/registry-targets.ts";
import { registryCases } from "./registry-cases/all.ts";
import { measureCoverage, printCoverage } from "./registry-cases/coverage.ts";
import { runCase } from "./registry-cases/run-case.ts";

const allCases = Object.values(registryCases).flat();
const titles = allCases.map(({ title }) => title);

describeRegistry("the registry contract over HTTP", ({ test, url, isShared }) => {
  for (const [group, cases] of Object.entries(registryCases)) {
    describe(group, () => {
      for (const each of cases) test(each.title, () => runCase(url(), each, { cleansUp: isShared }));
    });
  }
});

describe("the registry contract", () => {
  const coverage = measureCoverage(allCases);
  afterAll(() => {
    process.stderr.write(
      `registry contract: ${allCases.length} cases over HTTP\ncases errors\n${printCoverage(coverage)}`,
    );
  });

  test("has a case for each route, query parameter and error code, and an error case for each route", () => {
    expect(coverage.holes).toEqual([]);
  });

  test("tells a hole", () => {
    const without = allCases.filter(({ steps }) => steps.every(({ code }) => code !== 40406));
    expect(measureCoverage(without).holes).toContain("error 40406");
    expect(measureCoverage([]).holes).toContain("GET /contexts");
  });

  test("calls no two cases the same", () => {
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });
});
