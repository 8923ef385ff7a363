/**
 * The sum over jest's reports (`--json`), as `.ci/run` ends with it: a line for each suite and target with its number
 * of tests, then `N passed, N failed, N skipped`.
 *
 *     node tools/count-tests.ts [--failed-steps N] [LABEL=]REPORT.json ...
 *
 * A test's target is what its outermost title says after ", on ", or else the label of its report. A file that several
 * reports of one label hold counts as in the last of them (a first run may lack a tool that a later one has). Skipped
 * tests are named by their outermost title.
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

export interface LabelledReport extends JestReport {
  /** Where it ran, for tests that do not say it themselves. */
  readonly label: string;
}

interface Sums {
  passed: number;
  failed: number;
  skipped: number;
}

export interface TestCount extends Readonly<Sums> {
  /** By suite and target. */
  readonly suites: ReadonlyMap<string, Readonly<Sums>>;
  /** How many tests were skipped under each outermost title, which says the reason. */
  readonly skippedUnder: ReadonlyMap<string, number>;
}

/** Sums reports up; pure. A suite that could not even start counts as one failed test. */
export function countTests(reports: readonly LabelledReport[], failedSteps = 0): TestCount {
  const files = new Map(
    reports.flatMap(({ label, testResults }) =>
      testResults.map((file) => [`${label} ${file.name}`, { label, file }] as const),
    ),
  );
  const total: Sums = { passed: 0, failed: failedSteps, skipped: 0 };
  const suites = new Map<string, Sums>();
  const skippedUnder = new Map<string, number>();
  const count = (path: string, target: string, outcome: keyof Sums) => {
    const name = target === "" ? suiteOf(path) : `${suiteOf(path)}, on ${target}`;
    const sums = suites.get(name) ?? { passed: 0, failed: 0, skipped: 0 };
    suites.set(name, sums);
    sums[outcome] += 1;
    total[outcome] += 1;
  };
  for (const { label, file } of files.values()) {
    if (file.assertionResults.length === 0 && file.status === "failed") count(file.name, label, "failed");
    for (const { status, fullName, ancestorTitles } of file.assertionResults) {
      const title = ancestorTitles[0] ?? fullName;
      const target = /, on (.+?)(?: \[|$)/.exec(title)?.[1] ?? label;
      if (status === "passed" || status === "failed") {
        count(file.name, target, status);
        continue;
      }
      count(file.name, target, "skipped");
      skippedUnder.set(title, (skippedUnder.get(title) ?? 0) + 1);
    }
  }
  return { ...total, suites, skippedUnder };
}

/** `contract/kafka` for integration-tests/contract/kafka-groups.test.ts, `unit` for what stands beside the code. */
function suiteOf(path: string): string {
  const inside = /integration-tests\/(.+)\.test\.ts$/.exec(path)?.[1];
  if (inside === undefined) return "unit";
  if (inside.startsWith("contract/"))
    return /^contract\/(?:kafka|registry|pipeline)/.exec(inside)?.[0] ?? "contract";
  return inside.replace(/\/.*$/, "");
}

const print = ({ passed, failed, skipped }: Sums) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

export function printCount(count: TestCount): string {
  const suites = [...count.suites].sort(([one], [other]) => one.localeCompare(other));
  const width = Math.max(0, ...suites.map(([name]) => name.length));
  return [
    ...[...count.skippedUnder].map(([title, number]) => `skipped ${number}: ${title}`),
    ...suites.map(([name, sums]) => `${name.padEnd(width)}  ${print(sums)}`),
    print(count),
    "",
  ].join("\n");
}

function readReport(argument: string): LabelledReport[] {
  const [, label = "", path = argument] = /^([^=/]*)=(.*)$/.exec(argument) ?? [];
  return existsSync(path) ? [{ label, ...(JSON.parse(readFileSync(path, "utf8")) as JestReport) }] : [];
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "failed-steps": { type: "string", default: "0" } },
  });
  process.stdout.write(
    printCount(countTests(positionals.flatMap(readReport), Number(values["failed-steps"]))),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
