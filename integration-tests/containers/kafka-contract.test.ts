/**
 * The Kafka contract, held against Apache Kafka in a container: the cases of integration-tests/contract, told the
 * container's address, each reported here by its name.
 */
import { expect, test } from "@jest/globals";
import { startKafkaContainer } from "../support/containers.ts";
import { type CaseReport, runContract } from "../support/contract-run.ts";
import { describeWith, findTool } from "../support/requirements.ts";

/** What a broker for tests does sooner than one that lasts. */
const hasty = {
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: "4",
  KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: "200",
  KAFKA_LOG_INITIAL_TASK_DELAY_MS: "200",
  KAFKA_FILE_DELETE_DELAY_MS: "100",
};

async function runOnContainer(): Promise<CaseReport[]> {
  await using kafka = await startKafkaContainer(hasty);
  const env = { BIRDWIRE_CONTRACT_TARGETS: kafka.bootstrap };
  return await runContract("integration-tests/contract/kafka-", kafka.bootstrap, env);
}

const cases = findTool("docker").kind === "present" ? await runOnContainer() : [];

describeWith("docker", "The Kafka contract on a container", () => {
  test("has cases for what is sent, read, grouped and administered", () => {
    expect(cases.length).toBeGreaterThan(30);
  });

  for (const { fullName, failureMessages } of cases) {
    test(fullName, () => expect(failureMessages).toEqual([]));
  }
});
