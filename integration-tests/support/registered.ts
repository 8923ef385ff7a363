/**
 * Schemas filed and records written as other teams do it: without a client of ours.
 */
import { createCodec } from "../../src/avro/codec.ts";
import { parseSchemaId, parseTopicName } from "../../src/kernel/brand.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import type { EmulatedServers } from "./emulated-servers.ts";
import { adapterOf, send } from "./kafka-clients.ts";

const headers = { "content-type": "application/vnd.schemaregistry.v1+json" };

/** Files a version whatever the subject's level, and tells its id. */
export async function fileSchema(
  { registryUrl }: Pick<EmulatedServers, "registryUrl">,
  subject: string,
  schema: unknown,
): Promise<number> {
  const ask = async (method: string, path: string, body: unknown) => {
    const response = await fetch(`${registryUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { readonly id: number };
  };
  await ask("PUT", `/config/${subject}`, { compatibility: "NONE" });
  return (await ask("POST", `/subjects/${subject}/versions`, { schema: JSON.stringify(schema) })).id;
}

/** A frame of the value. */
export function frameOf(id: number, schema: unknown, value: unknown): Buffer {
  return encodeFrame(parseSchemaId(id), createCodec(JSON.stringify(schema)).encode(value));
}

/** Writes values as they are into a topic, which is made at need. */
export async function sendRaw(
  { kafka }: { readonly kafka: Pick<EmulatedServers["kafka"], "bootstrap"> },
  topic: string,
  values: readonly (Buffer | null)[],
  recordHeaders: Readonly<Record<string, Buffer>> = {},
): Promise<void> {
  const client = adapterOf(kafka.bootstrap);
  await using admin = await client.openAdmin();
  await admin.createTopic({ topic: parseTopicName(topic), partitions: 1 });
  const records = values.map((value) => ({ key: Buffer.from("k"), value, headers: recordHeaders }));
  await send(client, parseTopicName(topic), records);
}
