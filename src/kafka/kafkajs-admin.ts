/**
 * Topics and offsets over kafkajs.
 */
import { parseTopicName, type TopicName } from "../kernel/brand.ts";
import { KafkaError } from "./error.ts";
import { createCluster } from "./kafkajs-cluster.ts";
import { brokerErrorType, toKafkaError } from "./kafkajs-errors.ts";
import { createLink, type KafkaJsSettings } from "./kafkajs-link.ts";
import type { KafkaAdmin, Position } from "./port.ts";

const pollMs = 50;

/** kafkajs's `ConfigResourceTypes.TOPIC`, which would have to be loaded with all of it. */
const topicResource = 2;

/** Answers of a broker that knows a topic and not yet, or no longer, its leader. */
const leaderless: ReadonlySet<string> = new Set(["LEADER_NOT_AVAILABLE", "NOT_LEADER_FOR_PARTITION"]);
/** Answers of a broker that has not heard of a topic another one has just made. */
const unknownYet: ReadonlySet<string> = new Set([...leaderless, "UNKNOWN_TOPIC_OR_PARTITION"]);

/** Answers of brokers among which a group's coordinator has just changed, or is still being made. */
const coordinatorless: ReadonlySet<string> = new Set([
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "GROUP_LOAD_IN_PROGRESS",
  "NOT_COORDINATOR_FOR_GROUP",
]);

/** Answers to a commit from outside while the group has members. */
const occupied: ReadonlySet<string> = new Set([
  "UNKNOWN_MEMBER_ID",
  "ILLEGAL_GENERATION",
  "REBALANCE_IN_PROGRESS",
]);

/** Topics in which brokers keep their own state. */
const internalTopics: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

/** Rejects with KafkaError when no broker can be reached. */
export async function openKafkaJsAdmin(settings: KafkaJsSettings): Promise<KafkaAdmin> {
  const { brokers, requestTimeoutMs } = settings;
  const link = await createLink(settings);
  const admin = link.kafka.admin();
  await link.connect("open a Kafka admin", () => admin.connect());
  let closed = false;

  const attempt = async <T>(doing: string, topic: TopicName | undefined, work: () => Promise<T>) => {
    if (closed) throw new KafkaError("closed", `cannot ${doing}: the admin is closed`);
    try {
      return await work();
    } catch (thrown) {
      const { suspicion } = link;
      throw toKafkaError(thrown, { doing, brokers, suspicion, ...(topic === undefined ? {} : { topic }) });
    }
  };

  /** Repeats `work` while brokers are still passing on the news of a topic or of its leaders. */
  const settled = async <T>(passing: ReadonlySet<string>, work: () => Promise<T>): Promise<T> => {
    for (const giveUpAtMs = Date.now() + requestTimeoutMs; ; ) {
      try {
        return await work();
      } catch (thrown) {
        if (!passing.has(brokerErrorType(thrown) ?? "") || Date.now() > giveUpAtMs) throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };

  /** kafkajs's own way, `setOffsets`, becomes a member for it, which takes seconds. */
  const commitFromOutside = async (groupId: string, positions: readonly Position[]) => {
    const cluster = createCluster(link.kafka);
    try {
      await cluster.connect();
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const topics = [...new Set(positions.map(({ topic }) => topic))].map((topic) => ({
        topic,
        partitions: positions
          .filter((position) => position.topic === topic)
          .map(({ partition, nextOffset }) => ({ partition, offset: String(nextOffset) })),
      }));
      await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: "", topics });
    } finally {
      await cluster.disconnect();
    }
  };

  return {
    createTopic({ topic, partitions, replicationFactor, config = {} }) {
      return attempt(`create topic ${topic}`, topic, async () => {
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
        const made = await admin.createTopics({
          waitForLeaders: false,
          timeout: requestTimeoutMs,
          topics: [
            {
              topic,
              numPartitions: partitions,
              ...(replicationFactor === undefined ? {} : { replicationFactor }),
              configEntries,
            },
          ],
        });
        if (made) await settled(unknownYet, () => admin.fetchTopicOffsets(topic));
        return made;
      });
    },
    topics() {
      return attempt("list topics", undefined, async () => {
        const names = await admin.listTopics();
        return names.filter((name) => !internalTopics.has(name)).map(parseTopicName);
      });
    },
    partitions(topic) {
      return attempt(`look at topic ${topic}`, topic, async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics
          .flatMap(({ partitions }) => partitions)
          .map(({ partitionId, leader, replicas, isr }) => ({
            partition: partitionId,
            hasLeader: leader >= 0,
            replicas: replicas.length,
            inSyncReplicas: isr.length,
          }))
          .sort((one, other) => one.partition - other.partition);
      });
    },
    topicSettings(topic) {
      return attempt(`read the settings of topic ${topic}`, topic, async () => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: topicResource, name: topic }],
        });
        const entries = resources.flatMap(({ configEntries }) => configEntries);
        return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
      });
    },
    offsets(topic) {
      return attempt(`read the offsets of topic ${topic}`, topic, async () => {
        // An unknown topic fails here at once, while fetchTopicOffsets would repeat itself.
        await settled(leaderless, () => admin.fetchTopicMetadata({ topics: [topic] }));
        const offsets = await settled(leaderless, () => admin.fetchTopicOffsets(topic));
        return offsets
          .map(({ partition, low, high }) => ({ partition, earliest: Number(low), latest: Number(high) }))
          .sort((one, other) => one.partition - other.partition);
      });
    },
    committed(groupId, topic) {
      return attempt(`read the positions of group ${groupId}`, topic, async () => {
        const answers = await settled(coordinatorless, () =>
          admin.fetchOffsets({ groupId, topics: [topic] }),
        );
        return answers
          .flatMap(({ partitions }) => partitions)
          .map(({ partition, offset }) => ({ topic, partition, nextOffset: Number(offset) }))
          .filter(({ nextOffset }) => nextOffset >= 0);
      });
    },
    offsetsAt(topic, timeMs) {
      return attempt(`find the records of topic ${topic} by their time`, topic, async () => {
        await settled(leaderless, () => admin.fetchTopicMetadata({ topics: [topic] }));
        const found = await settled(leaderless, () => admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
        return found
          .map(({ partition, offset }) => ({ topic, partition, nextOffset: Number(offset) }))
          .sort((one, other) => one.partition - other.partition);
      });
    },
    members(groupId) {
      return attempt(`look at group ${groupId}`, undefined, async () => {
        const { groups } = await settled(coordinatorless, () => admin.describeGroups([groupId]));
        return groups
          .flatMap(({ members }) => members)
          .map(({ clientId, clientHost }) => ({ clientId, host: clientHost }));
      });
    },
    storePositions(groupId, positions) {
      const doing = `move group ${groupId}`;
      return attempt(doing, undefined, async () => {
        try {
          await settled(coordinatorless, () => commitFromOutside(groupId, positions));
        } catch (thrown) {
          if (!occupied.has(brokerErrorType(thrown) ?? "")) throw thrown;
          throw new KafkaError("group-active", `cannot ${doing}: it has members that read`, {
            cause: thrown,
            details: { groupId, brokers },
          });
        }
      });
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await link.close(() => admin.disconnect());
    },
  };
}
