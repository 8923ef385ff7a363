/**
 * Which subject a schema is filed under (Confluent "Subject Name Strategy").
 */
import { parseSubjectName, type SubjectName, type TopicName } from "../kernel/brand.ts";

export const subjectStrategies = ["topic", "record", "topic-record"] as const;
export type SubjectStrategy = (typeof subjectStrategies)[number];

/**
 * `topic`: TOPIC-value or TOPIC-key; `record`: the record's full name; `topic-record`: TOPIC-NAME. Only the first
 * one tells key from value, and only it can do without a name.
 */
export function subjectFor(
  strategy: "topic",
  topic: TopicName,
  recordName: string | null,
  part: "key" | "value",
): SubjectName;
export function subjectFor(
  strategy: SubjectStrategy,
  topic: TopicName,
  recordName: string,
  part: "key" | "value",
): SubjectName;
export function subjectFor(
  strategy: SubjectStrategy,
  topic: TopicName,
  recordName: string | null,
  part: "key" | "value",
): SubjectName {
  switch (strategy) {
    case "topic":
      return parseSubjectName(`${topic}-${part}`);
    case "record":
      return parseSubjectName(recordName);
    case "topic-record":
      return parseSubjectName(`${topic}-${recordName}`);
  }
}
