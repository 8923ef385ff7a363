/**
 * Long runs, by hand before a release: `npm run test:evidence [-- NAME...]`. Prints one row of a Markdown table for
 * each, and exits with 1 when one does not hold. The tables are kept in docs/evidence/.
 */
import { evidence } from "./runs.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !evidence.some((run) => run.name === name));
if (unknown.length > 0) {
  console.error(
    `there is no run ${unknown.join(", ")}; there are: ${evidence.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}

console.log("| run | posts | delivered | printed | lost | twice | altered | seconds | holds |");
console.log("|---|---|---|---|---|---|---|---|---|");
let failed = false;
for (const run of evidence) {
  if (wanted.length > 0 && !wanted.includes(run.name)) continue;
  const startedAt = performance.now();
  const row = await run.execute();
  const holds =
    row.delivered > 0 && row.lost === 0 && row.twice === 0 && row.altered === 0 && row.extra === 0;
  failed ||= !holds;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  const cells = [run.name, row.posts, row.delivered, row.printed, row.lost, row.twice, row.altered, seconds];
  console.log(`| ${[...cells, holds ? "yes" : "NO"].join(" | ")} |`);
}
process.exit(failed ? 1 : 0);
