/**
 * Are the brokers there, and is the topic fit for tweets that must not be lost and must be deletable?
 * Settings: kafka.apache.org/documentation/#topicconfigs.
 */
import type { KafkaAdmin, KafkaClient } from "../../kafka/port.ts";
import type { TopicName } from "../../kernel/brand.ts";
import { BirdwireError } from "../../kernel/error.ts";
import type { Findings } from "./finding.ts";
import type { Check } from "./run-checks.ts";

export interface BrokerCheckOptions {
  readonly openKafka: () => Promise<KafkaClient>;
  readonly brokers: readonly string[];
  readonly topic: TopicName;
  readonly deadLetterTopic: TopicName;
  /** Why a tombstone would not take a tweet away in time; null where it does. */
  readonly findCompactionFault: (
    settings: Readonly<Record<string, string>>,
  ) => { readonly fault: string; readonly remedy: (topic: TopicName) => string } | null;
  readonly unreachableExitCode: number;
}

export function createBrokerCheck(options: BrokerCheckOptions): Check {
  const { openKafka, brokers, topic, deadLetterTopic } = options;
  return {
    name: "broker",
    async run(findings) {
      const kafka = await openKafka();
      await using admin = await kafka.openAdmin();
      const topics = await admin.topics();
      findings.ok("broker", `${brokers.join(", ")} answers, with ${count(topics.length, "topic")}`);
      if (topics.includes(topic)) await lookAtTopic(admin, topic, findings, options);
      else {
        findings.warn(
          `topic ${topic}`,
          "does not exist yet",
          "`birdwire produce` makes it, compacted and with --partitions and --retention",
        );
      }
      if (topics.includes(deadLetterTopic)) {
        const letters = await countRecords(admin, deadLetterTopic);
        const what = `dead letters ${deadLetterTopic}`;
        if (letters === 0) findings.ok(what, "none");
        else findings.warn(what, `${letters} are kept`, "look at them, and send again what can go on now");
      }
    },
  };
}

async function lookAtTopic(
  admin: KafkaAdmin,
  topic: TopicName,
  findings: Findings,
  { findCompactionFault, unreachableExitCode }: BrokerCheckOptions,
): Promise<void> {
  const name = `topic ${topic}`;
  const partitions = await admin.partitions(topic);
  const leaderless = partitions.filter(({ hasLeader }) => !hasLeader).map(({ partition }) => partition);
  if (leaderless.length > 0) {
    const which = `partition ${leaderless.join(", ")}`;
    const remedy = "nothing can be written there until a broker that holds it is back";
    findings.fail(name, `${which} has no leader`, unreachableExitCode, remedy);
  }
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  const inSync = Math.min(...partitions.map((partition) => partition.inSyncReplicas));
  const shape = `${count(partitions.length, "partition")}, ${count(replicas, "replica")}`;

  let settings: Readonly<Record<string, string>>;
  try {
    settings = await admin.topicSettings(topic);
  } catch (error) {
    if (!(error instanceof BirdwireError) || error.code !== "authorization-failed") throw error;
    findings.warn(
      name,
      `${shape}; its settings may not be seen`,
      "let this user DescribeConfigs of the topic",
    );
    return;
  }
  const needed = Number(settings["min.insync.replicas"] ?? 1);
  const fault = findCompactionFault(settings);
  if (fault !== null) findings.warn(name, `${shape}; it ${fault.fault}`, fault.remedy(topic));
  if (inSync < needed) {
    findings.fail(
      name,
      `${inSync} of ${replicas} replicas are in sync, and min.insync.replicas is ${needed}: nothing is acknowledged`,
      unreachableExitCode,
      "bring the brokers back that hold the others",
    );
  } else if (replicas > 1 && needed < 2) {
    findings.warn(
      name,
      "min.insync.replicas is 1: what one broker acknowledged alone is lost with it",
      "set min.insync.replicas=2 on the topic",
    );
  }
  if (fault !== null || leaderless.length > 0 || inSync < needed || (replicas > 1 && needed < 2)) return;
  const kept = `kept for ${describeRetention(settings["retention.ms"])}`;
  findings.ok(name, `${shape}, ${inSync} in sync, ${settings["cleanup.policy"]}, ${kept}`);
}

async function countRecords(admin: KafkaAdmin, topic: TopicName): Promise<number> {
  const offsets = await admin.offsets(topic);
  return offsets.reduce((sum, { earliest, latest }) => sum + latest - earliest, 0);
}

const hourMs = 3_600_000;

function describeRetention(text: string | undefined): string {
  const ms = Number(text ?? Number.NaN);
  if (ms < 0) return "ever";
  if (Number.isNaN(ms)) return "an unknown time";
  return ms >= 48 * hourMs ? `${+(ms / hourMs / 24).toFixed(1)} days` : `${+(ms / hourMs).toFixed(1)} hours`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
