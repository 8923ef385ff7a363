/**
 * The registry's answers as values of ours: what has another shape is no answer of a registry.
 */
import {
  parseSchemaId,
  parseSchemaVersion,
  parseSubjectName,
  type SchemaId,
  type SchemaVersion,
  type SubjectName,
} from "../kernel/brand.ts";
import { isJsonObject, type JsonObject } from "../kernel/json.ts";

/** Where a schema is filed. */
export interface SubjectVersion {
  readonly subject: SubjectName;
  readonly version: SchemaVersion;
}

export interface SchemaReference extends SubjectVersion {
  readonly name: string;
}

export interface SchemaAnswer {
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string;
  readonly schemaText: string;
  readonly references: readonly SchemaReference[];
}

/** A parser throws anything at all: the caller turns it into `unexpected-answer`. */
export type Parse<Value> = (json: unknown) => Value;

export const parseId: Parse<SchemaId> = (json) => parseSchemaId(asObject(json).id);

export const parseIdAndVersion: Parse<{ id: SchemaId; version: SchemaVersion }> = (json) => {
  const { id, version } = asObject(json);
  return { id: parseSchemaId(id), version: parseSchemaVersion(version) };
};

export const parseIds: Parse<readonly SchemaId[]> = (json) => asArray(json).map(parseSchemaId);

export const parseMode: Parse<string> = (json) => asText(asObject(json).mode).toUpperCase();

export const parseVersions: Parse<readonly SchemaVersion[]> = (json) => asArray(json).map(parseSchemaVersion);

export const parseSubjects: Parse<readonly SubjectName[]> = (json) => asArray(json).map(parseSubjectName);

export const parseSubjectVersions: Parse<readonly SubjectVersion[]> = (json) =>
  asArray(json).map((item) => {
    const { subject, version } = asObject(item);
    return { subject: parseSubjectName(subject), version: parseSchemaVersion(version) };
  });

export const parseIdsOfContexts: Parse<readonly { context: string; id: SchemaId }[]> = (json) =>
  asArray(json).map((item) => {
    const { context, id } = asObject(item);
    return { context: asText(context), id: parseSchemaId(id) };
  });

/** The type of an Avro schema may be left out. */
export const parseSchemaAnswer: Parse<SchemaAnswer> = (json) => {
  const { schemaType, schema, references } = asObject(json);
  return {
    schemaType: schemaType === undefined || schemaType === null ? "AVRO" : asText(schemaType),
    schemaText: asText(schema),
    references:
      references === undefined || references === null ? [] : asArray(references).map(parseReference),
  };
};

/** GET says compatibilityLevel, PUT says compatibility. */
export const parseLevel: Parse<string> = (json) => {
  const { compatibilityLevel, compatibility } = asObject(json);
  return asText(compatibilityLevel ?? compatibility).toUpperCase();
};

export const parseVerdict: Parse<{ isCompatible: boolean; messages: readonly string[] }> = (json) => {
  const { is_compatible: isCompatible, messages } = asObject(json);
  if (typeof isCompatible !== "boolean") throw new TypeError("is_compatible is missing");
  return { isCompatible, messages: asArray(messages ?? []).map(asText) };
};

export const parseTexts: Parse<readonly string[]> = (json) => asArray(json).map(asText);

function parseReference(json: unknown): SchemaReference {
  const { name, subject, version } = asObject(json);
  return { name: asText(name), subject: parseSubjectName(subject), version: parseSchemaVersion(version) };
}

function asObject(json: unknown): JsonObject {
  if (!isJsonObject(json)) throw new TypeError("an object is missing");
  return json;
}

function asArray(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new TypeError("an array is missing");
  return json;
}

function asText(json: unknown): string {
  if (typeof json !== "string") throw new TypeError("a text is missing");
  return json;
}
