/**
 * DeleteTopics (key 20). Served: 1-6.
 *
 * Records, and the offsets that groups committed to the topic, are gone at once; who waits on it is told.
 *
 * 4     flexible
 * 5     error message
 * 6     topics by id
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int16, int32, nullableString, string, structs, uuid } from "../protocol/field.ts";

const noId = "0".repeat(32);

export const deleteTopics = defineApi({
  key: 20,
  name: "DeleteTopics",
  versions: [1, 6],
  flexibleSince: 4,
  request: {
    topics: structs({ name: nullableString(), topicId: uuid() }, { since: 6 }),
    topicNames: arrayOf(string(), { until: 5 }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: structs({
      name: nullableString({ nullableSince: 6 }),
      topicId: uuid({ since: 6 }),
      errorCode: int16(),
      errorMessage: nullableString({ since: 5 }),
    }),
  },
  handle({ topics, topicNames }, { broker, version }) {
    const wanted = version >= 6 ? topics : topicNames.map((name) => ({ name, topicId: noId }));
    return {
      responses: wanted.map(({ name, topicId }) => {
        if (name !== null && topicId !== noId) {
          return {
            name,
            topicId,
            errorCode: ErrorCode.invalidRequest,
            errorMessage: "A topic is deleted by its name or its id, not by both.",
          };
        }
        const topic = name === null ? broker.topics.byId(topicId) : broker.topics.byName(name);
        if (topic === undefined) {
          const errorCode = name === null ? ErrorCode.unknownTopicId : ErrorCode.unknownTopicOrPartition;
          return { name, topicId, errorCode, errorMessage: "This server does not host this topic." };
        }
        broker.topics.delete(topic);
        return { name: topic.name, topicId: topic.id, errorCode: ErrorCode.none, errorMessage: null };
      }),
    };
  },
});
