/**
 * The sum over jest's reports (`--json`), as `.ci/run` ends with it: `N passed, N failed, N skipped`.
 *
 *     node tools/count-tests.ts [--failed-steps N] REPORT.json ...
 *
 * A suite that several reports hold counts as in the last of them (a first run may lack a tool that a later one
 * has). Skipped tests are named before the sum, by their outermost title.
 */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

interface TestReport {
  readonly status: string;
  readonly fullName: string;
  readonly ancestorTitles: readonly string[];
}

interface SuiteReport {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly TestReport[];
}

export interface JestReport {
  readonly testResults: readonly SuiteReport[];
}

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** How many tests were skipped under each outermost title, which says the reason. */
  readonly skippedUnder: ReadonlyMap<string, number>;
}

/** Sums reports up; pure. A suite that could not even start counts as one failed test. */
export function countTests(reports: readonly JestReport[], failedSteps = 0): TestCount {
  const suites = new Map(reports.flatMap((report) => report.testResults.map((suite) => [suite.name, suite])));
  let passed = 0;
  let failed = failedSteps;
  let skipped = 0;
  const skippedUnder = new Map<string, number>();
  for (const suite of suites.values()) {
    if (suite.assertionResults.length === 0 && suite.status === "failed") failed++;
    for (const { status, fullName, ancestorTitles } of suite.assertionResults) {
      if (status === "passed") passed++;
      else if (status === "failed") failed++;
      else {
        skipped++;
        const title = ancestorTitles[0] ?? fullName;
        skippedUnder.set(title, (skippedUnder.get(title) ?? 0) + 1);
      }
    }
  }
  return { passed, failed, skipped, skippedUnder };
}

export function printCount({ passed, failed, skipped, skippedUnder }: TestCount): string {
  const names = [...skippedUnder].map(([title, count]) => `skipped ${count}: ${title}\n`).join("");
  return `${names}${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "failed-steps": { type: "string", default: "0" } },
  });
  const reports = positionals
    .filter(existsSync)
    .map((path) => JSON.parse(readFileSync(path, "utf8")) as JestReport);
  process.stdout.write(printCount(countTests(reports, Number(values["failed-steps"]))));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
