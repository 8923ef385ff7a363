/**
 * Suites of the contract run by jest in a process of its own, and its report.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { repositoryRoot } from "../support/birdwire.ts";

export interface CaseReport {
  readonly title: string;
  readonly status: string;
  readonly ancestorTitles: readonly string[];
  /** What went wrong. */
  readonly failureMessages: readonly string[];
}

export interface SuitesReport {
  readonly success: boolean;
  readonly numFailedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly CaseReport[];
  }[];
}

export interface SuitesRun {
  /** What jest takes: patterns of paths, and its own flags. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where the report goes. */
  readonly reportPath: string;
  /** Shows jest's own output on stderr. Default false. */
  readonly shown?: boolean;
  /** Ends jest. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves with the report, whether cases failed or not. Throws when jest wrote none, and the signal's reason when aborted. */
export async function runSuites(run: SuitesRun): Promise<SuitesReport> {
  const { args, env, reportPath, shown = false, signal } = run;
  signal?.throwIfAborted();
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const jest = ["node_modules/jest/bin/jest.js", "--json", "--outputFile", reportPath, ...args];
  const child = spawn(process.execPath, [...node, ...jest], {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    // On stdout jest repeats the report.
    stdio: ["ignore", "ignore", shown ? "inherit" : "pipe"],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const stop = () => child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  const [code] = await once(child, "close");
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  try {
    return JSON.parse(await readFile(reportPath, "utf8")) as SuitesReport;
  } catch {
    throw new Error(`jest ended with ${code} and left no report: ${complaint}`);
  }
}
