/**
 * What is kept beside a schema: properties that a client gives it, and `confluent:version`, which is always the
 * version's own number where there is one.
 */
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";

const versionProperty = "confluent:version";

export function readMetadata(body: JsonObject): JsonObject | null {
  return isJsonObject(body.metadata) ? body.metadata : null;
}

/** With the real version, if the client named one in the metadata or in the request. */
export function completeMetadata(
  metadata: JsonObject | null,
  { version, wasAsked }: { readonly version: number; readonly wasAsked: boolean },
): JsonObject | null {
  const properties = isJsonObject(metadata?.properties) ? metadata.properties : {};
  if (!wasAsked && !Object.hasOwn(properties, versionProperty)) return metadata;
  return { ...metadata, properties: { ...properties, [versionProperty]: String(version) } };
}
