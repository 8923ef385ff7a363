/**
 * Long runs, by hand before a release: `npm run test:evidence [-- NAME...]`. Prints a Markdown table, of one row for
 * each run or, for `scenarios`, of its own, and exits with 1 when something does not hold. The tables are kept in
 * docs/evidence/.
 */
import { type EvidenceRun, evidence } from "./runs.ts";
import { playScenarioTable } from "./scenario-table.ts";

const scenarioRuns = "scenarios";
const names = [...evidence.map(({ name }) => name), scenarioRuns];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`there is no run ${unknown.join(", ")}; there are: ${names.join(", ")}`);
  process.exit(2);
}
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);

let failed = false;
const runs = evidence.filter(({ name }) => isWanted(name));
if (runs.length > 0) {
  console.log("| run | posts | delivered | printed | lost | twice | altered | seconds | holds |");
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const run of runs) failed = !(await printRow(run)) || failed;
}
if (isWanted(scenarioRuns)) failed = !(await playScenarioTable((line) => console.log(line))) || failed;
process.exit(failed ? 1 : 0);

async function printRow(run: EvidenceRun): Promise<boolean> {
  const startedAt = performance.now();
  const row = await run.execute();
  const holds =
    row.delivered > 0 && row.lost === 0 && row.twice === 0 && row.altered === 0 && row.extra === 0;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  const cells = [run.name, row.posts, row.delivered, row.printed, row.lost, row.twice, row.altered, seconds];
  console.log(`| ${[...cells, holds ? "yes" : "NO"].join(" | ")} |`);
  return holds;
}
