/**
 * The registry's state as the text of a file: one JSON object with a version of its own. A schema that refers to others
 * is written out in full beside its text, so that each can be read by itself.
 */
import { toSchemaText } from "../../avro/canonical.ts";
import { parseSchemaText } from "../../avro/parse-schema.ts";
import { parseCompatibilityLevel } from "../../evolution/levels.ts";
import { describeCause } from "../../kernel/error.ts";
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { contextOf } from "./context.ts";
import {
  type Config,
  type ContextState,
  type Mode,
  modes,
  type Reference,
  type RegistryState,
  type StoredSchema,
  type StoredVersion,
} from "./store.ts";

const format = "birdwire registry";
const version = 1;

export function printState(state: RegistryState): string {
  const value = {
    format,
    version,
    globalConfig: state.globalConfig,
    globalMode: state.globalMode,
    configs: [...state.configs].map(([subject, config]) => ({ subject, ...config })),
    modes: [...state.modes].map(([subject, mode]) => ({ subject, mode })),
    contexts: [...state.contexts].map(([name, { lastId, schemas }]) => ({
      name,
      lastId,
      schemas: [...schemas.values()].map(describeSchema),
    })),
    subjects: [...state.subjects].map(([name, versions]) => ({
      name,
      versions: versions.map((entry) => ({
        version: entry.version,
        id: entry.schema.id,
        deleted: entry.deleted,
      })),
    })),
  };
  return `${JSON.stringify(value)}\n`;
}

function describeSchema({ id, schemaType, text, references, metadata, avro }: StoredSchema): JsonObject {
  const written = { id, schemaType, text, references, metadata };
  return references.length === 0 ? written : { ...written, resolved: toSchemaText(avro) };
}

/** Throws Error with the place and the reason, for whatever `printState` does not write. */
export function parseState(text: string): RegistryState {
  const root = asObject(JSON.parse(text), "the file");
  if (root.format !== format) throw new Error("it is not the data of a registry emulator");
  if (root.version !== version) {
    throw new Error(`its version is ${JSON.stringify(root.version)}; this release reads version ${version}`);
  }
  const contexts = new Map(
    asArray(root.contexts, "contexts").map((item, index) => readContext(item, `contexts/${index}`)),
  );
  return {
    contexts,
    subjects: new Map(
      asArray(root.subjects, "subjects").map((item, index) => {
        const at = `subjects/${index}`;
        const { name, versions } = asObject(item, at);
        const subject = asText(name, `${at}/name`);
        const schemas = contexts.get(contextOf(subject))?.schemas;
        return [
          subject,
          asArray(versions, `${at}/versions`).map((entry, position) =>
            readVersion(entry, subject, schemas, `${at}/versions/${position}`),
          ),
        ];
      }),
    ),
    configs: new Map(
      asArray(root.configs, "configs").map((item, index) => {
        const { subject, ...config } = asObject(item, `configs/${index}`);
        return [asText(subject, `configs/${index}/subject`), readConfig(config, `configs/${index}`)];
      }),
    ),
    modes: new Map(
      asArray(root.modes, "modes").map((item, index) => {
        const { subject, mode } = asObject(item, `modes/${index}`);
        return [asText(subject, `modes/${index}/subject`), readMode(mode, `modes/${index}/mode`)];
      }),
    ),
    globalConfig: readConfig(root.globalConfig, "globalConfig"),
    globalMode: readMode(root.globalMode, "globalMode"),
  };
}

function readContext(item: unknown, at: string): [string, ContextState] {
  const { name, lastId, schemas } = asObject(item, at);
  const read = asArray(schemas, `${at}/schemas`).map((schema, index) =>
    readSchema(schema, `${at}/schemas/${index}`),
  );
  return [
    asText(name, `${at}/name`),
    {
      lastId: asInteger(lastId, `${at}/lastId`),
      schemas: new Map(read.map((schema) => [schema.id, schema])),
    },
  ];
}

function readSchema(item: unknown, at: string): StoredSchema {
  const { id, schemaType, text, references, metadata, resolved } = asObject(item, at);
  if (schemaType !== "AVRO") throw misfit(`${at}/schemaType`, "AVRO");
  const stored = asText(text, `${at}/text`);
  try {
    return {
      id: asInteger(id, `${at}/id`),
      schemaType,
      text: stored,
      references: asArray(references, `${at}/references`).map((reference, index) =>
        readReference(reference, `${at}/references/${index}`),
      ),
      metadata: metadata === null ? null : asObject(metadata, `${at}/metadata`),
      avro: parseSchemaText(resolved === undefined ? stored : asText(resolved, `${at}/resolved`)),
    };
  } catch (cause) {
    throw new Error(`${at}: ${describeCause(cause)}`, { cause });
  }
}

function readReference(item: unknown, at: string): Reference {
  const { name, subject, version: number } = asObject(item, at);
  return {
    name: asText(name, `${at}/name`),
    subject: asText(subject, `${at}/subject`),
    version: asInteger(number, `${at}/version`),
  };
}

function readVersion(
  item: unknown,
  subject: string,
  schemas: ReadonlyMap<number, StoredSchema> | undefined,
  at: string,
): StoredVersion {
  const { version: number, id, deleted } = asObject(item, at);
  const schema = schemas?.get(asInteger(id, `${at}/id`));
  if (schema === undefined) throw misfit(`${at}/id`, "the id of a schema");
  if (typeof deleted !== "boolean") throw misfit(`${at}/deleted`, "true or false");
  return { subject, version: asInteger(number, `${at}/version`), schema, deleted };
}

function readConfig(item: unknown, at: string): Config {
  const { level, others } = asObject(item, at);
  const kept = asObject(others, `${at}/others`);
  if (level === undefined) return { others: kept };
  const parsed = parseCompatibilityLevel(level);
  if (parsed === null) throw misfit(`${at}/level`, "a compatibility level");
  return { level: parsed, others: kept };
}

function readMode(value: unknown, at: string): Mode {
  const mode = modes.find((name) => name === value);
  if (mode === undefined) throw misfit(at, "a mode");
  return mode;
}

function asObject(value: unknown, at: string): JsonObject {
  if (!isJsonObject(value)) throw misfit(at, "an object");
  return value;
}

function asArray(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw misfit(at, "an array");
  return value;
}

function asText(value: unknown, at: string): string {
  if (typeof value !== "string") throw misfit(at, "a string");
  return value;
}

function asInteger(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw misfit(at, "a number");
  return value;
}

function misfit(at: string, expected: string): Error {
  return new Error(`${at} is not ${expected}`);
}
