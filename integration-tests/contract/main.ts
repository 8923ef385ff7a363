/**
 * The contract against one target: `npm run test:contract -- --target NAME`. Ends with a line for each suite and its
 * number of cases, and with 1 when a case fails, when the cases leave something of the emulators uncovered, when a
 * defect goes unnoticed, or when nobody answers; with 2 when it cannot tell what is wanted; with 130 or 143 on a signal,
 * once what it started is gone.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { repositoryRoot } from "../support/birdwire.ts";
import { differences } from "./differences.ts";
import { measureKafkaCoverage } from "./kafka-coverage.ts";
import { readObservedCases } from "./kafka-observed.ts";
import { openTarget, UsageError } from "./open-target.ts";
import { isCaught, playDefects } from "./play-defects.ts";
import { printCoverage } from "./registry-cases/coverage.ts";
import { runSuites, type SuitesReport } from "./run-suites.ts";
import { answerersOf, readTarget, type TargetKind, targetKinds } from "./target.ts";

const usage = `npm run test:contract -- [--target ${targetKinds.join("|")}] [--report FILE] [--no-defects] [PATH ...]

Holds Kafka, a Schema Registry and birdwire on both against the contract in integration-tests/contract.

  --target emulator    the project's emulators (the default); then also the table of what the cases cover, and the
                       defects that they have to notice
  --target containers  containers of the images in docker-compose.yml, or of the variables that replace them
  --target env         BIRDWIRE_CONTRACT_BROKERS (host:port) and BIRDWIRE_CONTRACT_REGISTRY_URL, and in
                       BIRDWIRE_REGISTRY_FLAVOUR whether that registry is confluent (the default) or apicurio.
                       The suites leave topics and subjects behind and change settings of the whole registry.
  --report FILE        jest's report of the cases, as JSON
  --no-defects         leaves the defects out
  PATH                 only the files whose path holds it: no coverage, no defects
`;

const say = (line: string) => process.stderr.write(`${line}\n`);

function parseFlags() {
  try {
    return parseArgs({
      allowPositionals: true,
      allowNegative: true,
      options: {
        target: { type: "string", default: "emulator" },
        report: { type: "string" },
        defects: { type: "boolean", default: true },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readOptions() {
  const { values, positionals } = parseFlags();
  const kind = targetKinds.find((name) => name === values.target);
  if (kind === undefined)
    throw new UsageError(`--target ${values.target}: it may be ${targetKinds.join(", ")}`);
  return { ...values, kind, paths: positionals };
}

/** Differences whose case was not in the run, or was there more than once. */
function findStrayDifferences(kind: TargetKind, env: Readonly<Record<string, string>>, report: SuitesReport) {
  const target = readTarget({ ...process.env, ...env });
  const known = new Set([...answerersOf(target, "kafka"), ...answerersOf(target, "registry")]);
  const ran = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return [...known]
    .flatMap((name) => differences[name])
    .filter(
      ({ title, reason }) => ran.filter((one) => one.title === `${title} [differs: ${reason}]`).length !== 1,
    )
    .map(({ title }) => `no case, or more than one, is called "${title}", which differs on ${kind}`);
}

/** Throws the reason of `signal` when aborted. */
async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { kind, paths } = options;
  const isWhole = paths.length === 0;
  const folder = await mkdtemp(join(tmpdir(), "birdwire-contract-"));
  const failures: string[] = [];
  try {
    const reportPath = join(folder, "report.json");
    {
      say(`contract: opening ${kind}`);
      await using target = await openTarget(kind);
      const report = await runSuites({
        args: [
          ...(isWhole ? ["integration-tests/contract/"] : paths),
          // One broker and one registry bear one suite at a time.
          ...(kind === "emulator" ? [] : ["--runInBand"]),
        ],
        env: { ...target.env, BIRDWIRE_CONTRACT_COVERAGE: folder },
        reportPath,
        shown: true,
        signal,
      });
      if (!report.success) failures.push(`${report.numFailedTests} cases failed`);
      if (isWhole) failures.push(...findStrayDifferences(kind, target.env, report));
    }
    if (isWhole && kind === "emulator") {
      const coverage = measureKafkaCoverage(readObservedCases(folder));
      say(`Kafka contract: cases, and cases with an error\n${printCoverage(coverage)}`);
      failures.push(...coverage.holes.map((hole) => `no case, or no case with an error: ${hole}`));
      if (options.defects) {
        await playDefects(
          folder,
          (played) => {
            const { name, describe, noticedBy } = played;
            say(
              `defect ${name} (${describe}): ${noticedBy.length} cases notice, as "${noticedBy[0] ?? "none"}"`,
            );
            if (!isCaught(played)) failures.push(`the defect ${name} is not caught`);
          },
          signal,
        );
      }
    }
    if (options.report !== undefined) await copyFile(reportPath, options.report);
    const count = [
      join(repositoryRoot, "tools/count-tests.ts"),
      `${readTarget({ BIRDWIRE_CONTRACT_TARGET: kind }).name}=${reportPath}`,
    ];
    process.stdout.write((await promisify(execFile)(process.execPath, count)).stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  for (const failure of failures) say(`contract: ${failure}`);
  return failures.length === 0 ? 0 : 1;
}

const stop = new AbortController();
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  // The second time it ends at once.
  process.once(name, () => {
    process.exitCode = exitCodes[name];
    say(`contract: stopped by ${name}; what was started is being removed`);
    stop.abort();
  });
}

try {
  const code = await main(stop.signal);
  process.exitCode ??= code;
} catch (error) {
  if (!stop.signal.aborted) {
    const isUsage = error instanceof UsageError;
    say(
      `contract: ${error instanceof Error ? error.message : String(error)}${isUsage ? `\n\n${usage}` : ""}`,
    );
    process.exitCode = isUsage ? 2 : 1;
  }
}
