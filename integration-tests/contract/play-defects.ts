/**
 * The control on the contract itself: with each defect switched on inside the emulators, the suites it is about have
 * to turn red.
 */
import { join } from "node:path";
import { kafkaDefects } from "./kafka-defects.ts";
import { registryDefects } from "./registry-defects.ts";
import { type CaseReport, runSuites } from "./run-suites.ts";

export interface PlayedDefect {
  readonly name: string;
  readonly describe: string;
  /** Titles of the cases that noticed it. */
  readonly noticedBy: readonly string[];
  readonly cases: number;
  /** Nobody saw anything wrong: those who noticed ran out of time, as they do on a slow machine too. */
  readonly isByTimeAlone: boolean;
}

/** A case that waits for what never comes is red soon. */
const caseTimeoutMs = 5_000;
const atOnce = 2;

/** Plays every defect, two at a time; `onPlayed` is told of each. Throws the signal's reason when aborted. */
export async function playDefects(
  folder: string,
  onPlayed: (played: PlayedDefect) => void,
  signal?: AbortSignal,
): Promise<void> {
  const waiting: [string, { readonly describe: string; readonly suites: string }][] = [
    ...Object.entries(kafkaDefects),
    ...Object.entries(registryDefects),
  ];
  const playWaiting = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, { describe, suites }] = next;
      const { testResults, numTotalTests } = await runSuites({
        args: [suites, "--testTimeout", String(caseTimeoutMs), "--runInBand"],
        env: { BIRDWIRE_CONTRACT_TARGET: "emulator", BIRDWIRE_CONTRACT_DEFECT: name },
        reportPath: join(folder, `${name}.json`),
        signal,
      });
      const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
      const failed = cases.filter(({ status }) => status === "failed");
      const noticedBy = failed.map(({ title }) => title);
      const isByTimeAlone = failed.length > 0 && failed.every(ranOutOfTime);
      onPlayed({ name, describe, noticedBy, cases: numTotalTests, isByTimeAlone });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playWaiting));
}

function ranOutOfTime({ failureMessages }: CaseReport): boolean {
  return failureMessages.every((message) => /Exceeded timeout of \d+ ms for a test/.test(message));
}

/**
 * A defect is caught when cases see it; when all of them do, it is the set-up that failed, and when those that noticed
 * ran out of time, as they do on a slow machine too, nobody saw it.
 */
export function isCaught({
  noticedBy,
  cases,
  isByTimeAlone,
}: Omit<PlayedDefect, "name" | "describe">): boolean {
  return noticedBy.length > 0 && noticedBy.length < cases && !isByTimeAlone;
}
