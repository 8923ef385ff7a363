/**
 * DeleteTopics (key 20). Served: 1-6.
 *
 * A topic that is named twice stays: who asked is told so once. Records, and the offsets that groups committed to the topic, are gone at once; who waits on it is told.
 *
 * 4     flexible
 * 5     error message
 * 6     topics by id
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int16, int32, nullableString, string, structs, uuid } from "../protocol/field.ts";
import type { Topics } from "../topics.ts";
import { repeatedKeys, uniqueBy } from "./unique-by.ts";

const noId = "0".repeat(32);

interface Wanted {
  readonly name: string | null;
  readonly topicId: string;
}

const refusal = ({ name, topicId }: Wanted, errorMessage: string) => ({
  name,
  topicId,
  errorCode: ErrorCode.invalidRequest,
  errorMessage,
});

const keyOf = ({ name, topicId }: Wanted) => (name === null ? `id ${topicId}` : `name ${name}`);

/** Who is refused for being named twice, whether by name, by id, or by both in turn; and the others. */
function sortOut(wanted: readonly Wanted[], topics: Topics) {
  const repeated = repeatedKeys(wanted, keyOf);
  const ids = new Set(wanted.flatMap(({ name, topicId }) => (name === null ? [topicId] : [])));
  const isGivenById = ({ name }: Wanted) => {
    const topic = name === null ? undefined : topics.byName(name);
    return topic !== undefined && ids.has(topic.id);
  };
  const alsoNamed = wanted.filter(isGivenById);
  const alsoIds = new Set(alsoNamed.map(({ name }) => topics.byName(name ?? "")?.id));
  const once = uniqueBy(wanted, keyOf).filter(({ name, topicId }) => name !== null || !alsoIds.has(topicId));
  return once.map((one) => {
    if (repeated.has(keyOf(one))) {
      return { one, message: `Duplicate topic ${one.name === null ? "id" : "name"}.` };
    }
    const message = isGivenById(one) ? "The topic of that name is given by its id too." : null;
    return { one, message };
  });
}

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
      responses: sortOut(wanted, broker.topics).map(({ one, message }) => {
        const { name, topicId } = one;
        if (name !== null && topicId !== noId) {
          return refusal(one, "A topic is deleted by its name or its id, not by both.");
        }
        if (message !== null) return refusal(one, message);
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
