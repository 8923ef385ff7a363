/**
 * The Kafka contract, held against Apache Kafka in a container. The cases are those of integration-tests/contract;
 * they run in a process of their own, which is told the container's address, and each is reported here by its name.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { repositoryRoot } from "../support/birdwire.ts";
import { startKafkaContainer } from "../support/containers.ts";
import { describeWith, findTool } from "../support/requirements.ts";

interface CaseReport {
  readonly fullName: string;
  readonly status: "passed" | "failed" | "pending" | "todo" | "skipped" | "disabled";
  readonly failureMessages: readonly string[];
}

/** What a broker for tests does sooner than one that lasts. */
const hasty = {
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: "4",
  KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: "200",
  KAFKA_LOG_INITIAL_TASK_DELAY_MS: "200",
  KAFKA_FILE_DELETE_DELAY_MS: "100",
};

async function runContract(): Promise<CaseReport[]> {
  await using kafka = await startKafkaContainer(hasty);
  const folder = await mkdtemp(join(tmpdir(), "birdwire-contract-"));
  try {
    const report = join(folder, "report.json");
    const jest = [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      "node_modules/jest/bin/jest.js",
      "integration-tests/contract/kafka-",
      ...["--testNamePattern", `on ${kafka.bootstrap.replaceAll(".", "\\.")}\\b`],
      ...["--json", "--outputFile", report],
    ];
    const env = { ...process.env, BIRDWIRE_CONTRACT_TARGETS: kafka.bootstrap };
    // Failed cases are in the report; no report is a failure of the run itself.
    const failure = await promisify(execFile)(process.execPath, jest, {
      cwd: repositoryRoot,
      env,
      maxBuffer: 64 * 1024 * 1024,
    }).catch((error: Error & { stderr?: string }) => error.stderr ?? error.message);
    const text = await readFile(report, "utf8").catch(() => {
      throw new Error(`the contract did not run: ${JSON.stringify(failure)}`);
    });
    const { testResults } = JSON.parse(text) as {
      testResults: { name: string; message: string; assertionResults: CaseReport[] }[];
    };
    return testResults.flatMap(({ name, message, assertionResults }) =>
      assertionResults.length === 0
        ? [{ fullName: name, status: "failed", failureMessages: [message] }]
        : assertionResults.filter(({ status }) => status === "passed" || status === "failed"),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const cases = findTool("docker").kind === "present" ? await runContract() : [];

describeWith("docker", "The Kafka contract on a container", () => {
  test("has cases for what is sent, read, grouped and administered", () => {
    expect(cases.length).toBeGreaterThan(30);
  });

  for (const { fullName, failureMessages } of cases) {
    test(fullName, () => expect(failureMessages).toEqual([]));
  }
});
