/**
 * A contract suite run in a process of its own against servers at given addresses, its cases reported by name.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "./birdwire.ts";

export interface CaseReport {
  readonly fullName: string;
  readonly status: "passed" | "failed" | "pending" | "todo" | "skipped" | "disabled";
  /** Empty when it passed. */
  readonly failureMessages: readonly string[];
}

/**
 * Runs the cases of the files that match `path` and whose names hold `on ADDRESS`. A file that cannot be loaded is
 * a failed case. Throws when nothing ran.
 */
export async function runContract(
  path: string,
  address: string,
  env: Readonly<Record<string, string>>,
): Promise<CaseReport[]> {
  const folder = await mkdtemp(join(tmpdir(), "birdwire-contract-"));
  try {
    const report = join(folder, "report.json");
    const name = `on ${address.replaceAll(/[.?+*()[\]]/g, "\\$&")} `;
    const args = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
    args.push("node_modules/jest/bin/jest.js", path, "--testNamePattern", name);
    // Failed cases are in the report; no report is a failure of the run itself.
    const failure = await promisify(execFile)(process.execPath, [...args, "--json", "--outputFile", report], {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    }).catch((error: Error & { stderr?: string }) => error.stderr ?? error.message);
    const text = await readFile(report, "utf8").catch(() => {
      throw new Error(`the contract did not run: ${JSON.stringify(failure)}`);
    });
    const { testResults } = JSON.parse(text) as {
      testResults: { name: string; message: string; assertionResults: CaseReport[] }[];
    };
    return testResults.flatMap(({ name: file, message, assertionResults }) =>
      assertionResults.length === 0
        ? [{ fullName: file, status: "failed", failureMessages: [message] } as const]
        : assertionResults.filter(({ status }) => status === "passed" || status === "failed"),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
