/**
 * A schema held against the versions of its subject, and the verbose messages of a refusal.
 */
import { type CompatibilityLevel, checkLevel } from "../../evolution/levels.ts";
import { toRegistryMessage } from "../../evolution/registry-message.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { RegistryStore, SchemaContent, StoredVersion } from "./store.ts";

/** Empty when the subject's rules allow the schema; else the messages about the newest version it does not go with. */
export function findIncompatibilities(
  subject: string,
  proposed: SchemaContent,
  versions: readonly StoredVersion[],
  store: RegistryStore,
): readonly string[] {
  const level = store.levelOf(subject);
  const validateFields = store.validatesFields(subject);
  const latest = versions.at(-1);
  const reserved = validateFields ? checkReservedFields(proposed, latest?.schema) : [];
  if (reserved.length > 0) return [...reserved, ...describeRefusal(latest, level, validateFields)];

  const earlier = versions.map(({ version, schema }) => ({ version, schema: schema.avro }));
  const verdict = checkLevel(level, proposed.avro, earlier);
  const conflict = verdict.kind === "incompatible" ? verdict.conflicts[0] : undefined;
  if (conflict === undefined) return [];
  const old = versions.find((entry) => entry.version === conflict.version);
  return [
    ...conflict.findings.map(({ finding, direction }) => toRegistryMessage(finding, direction)),
    ...describeRefusal(old, level, validateFields),
  ];
}

function describeRefusal(
  old: StoredVersion | undefined,
  level: CompatibilityLevel,
  validateFields: boolean,
): readonly string[] {
  const settings = `{validateFields: '${validateFields}', compatibility: '${level}'}`;
  if (old === undefined) return [settings];
  return [`{oldSchemaVersion: ${old.version}}`, `{oldSchema: '${old.schema.text}'}`, settings];
}

/** Field names that a schema's metadata sets aside: they may not be used, nor be taken back. */
function checkReservedFields(proposed: SchemaContent, earlier: SchemaContent | undefined): readonly string[] {
  const reserved = reservedFields(proposed);
  const { avro } = proposed;
  const used = avro.kind === "record" ? avro.fields.map((field) => field.name) : [];
  return [
    ...reserved
      .filter((name) => used.includes(name))
      .map(
        (name) =>
          `{errorType:'FIELD_CONFLICTS_WITH_RESERVED_FIELD', description:'The new schema has field that conflicts with the reserved field ${name}.'}`,
      ),
    ...(earlier === undefined ? [] : reservedFields(earlier))
      .filter((name) => !reserved.includes(name))
      .map(
        (name) =>
          `{errorType:'RESERVED_FIELD_REMOVED', description:'The new schema has reserved field ${name} removed from its metadata which is present in the old schema's metadata.'}`,
      ),
  ];
}

function reservedFields({ metadata }: SchemaContent): readonly string[] {
  const properties = metadata?.properties;
  const list = isJsonObject(properties) ? properties["confluent:reserved"] : undefined;
  if (typeof list !== "string") return [];
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
