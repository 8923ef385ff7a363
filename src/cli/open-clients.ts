/**
 * Clients of the servers that the configuration names; nothing is connected before it is used.
 */
import { readFileSync } from "node:fs";
import { parseSubjects, type SubjectEntry } from "../changeset/subjects.ts";
import type { ConnectionSecurity } from "../config/security.ts";
import type { Config } from "../config/settings.ts";
import type { KafkaClient } from "../kafka/port.ts";
import { parseSubjectName, type SubjectName, type TopicName } from "../kernel/brand.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Log } from "../telemetry/log.ts";
import { findPackageRoot } from "./package-root.ts";

/** Where the servers are, and what makes the way to them safe. */
export interface Connections {
  readonly config: Config;
  readonly security: ConnectionSecurity;
  readonly log: Log;
}

export async function openRegistry({ config, security, log }: Connections): Promise<RegistryClient> {
  const { createRegistryClient } = await import("../registry/client.ts");
  const { registry: url, clientId } = config;
  return createRegistryClient({ url, clientId, ...security.registry, log });
}

/**
 * How long a run rides out brokers that are away. What was received is held for as long, and X is held back: to end
 * sooner would lose it.
 */
const outageTimeoutMs = 10 * 60_000;

export async function openKafka({ config, security, log }: Connections): Promise<KafkaClient> {
  const { createKafkaJsClient } = await import("../kafka/kafkajs.ts");
  const { brokers, clientId } = config;
  return createKafkaJsClient({ brokers, clientId, ...security.kafka, outageTimeoutMs, log });
}

/** The folder of schemas that the program was made from. */
export function ownSchemas(): string {
  return `${findPackageRoot()}schemas`;
}

export function ownSubjects(): readonly SubjectEntry[] {
  const path = `${ownSchemas()}/subjects.json`;
  subjects ??= parseSubjects(readFileSync(path, "utf8"), path);
  return subjects;
}

let subjects: readonly SubjectEntry[] | undefined;

/** Where a topic's values are registered, and at which level: what subjects.json says of the record. */
export function subjectSettings(
  topic: TopicName,
  record: string,
): { readonly subject: SubjectName; readonly level: string } {
  const entry = ownSubjects().find((candidate) => candidate.record === record);
  if (entry === undefined) throw new TypeError(`${ownSchemas()} has no record ${record}`);
  const subject = entry.topic === topic ? entry.subject : `${topic}-value`;
  return { subject: parseSubjectName(subject), level: entry.compatibility };
}
