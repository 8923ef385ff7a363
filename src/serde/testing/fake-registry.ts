/**
 * A registry in memory for the tests of this room: what it was asked is kept, and it can be made to fail.
 */
import { parseSchemaId, parseSchemaVersion, type SchemaId, type SubjectName } from "../../kernel/brand.ts";
import type { RegisteredSchema, RegistryClient } from "../../registry/client.ts";
import { RegistryError } from "../../registry/error.ts";

type Served = Pick<
  RegistryClient,
  "register" | "lookUp" | "schemaById" | "schemaOfVersion" | "versionsOfId" | "idOfGuid" | "versions"
>;

export interface FakeRegistry extends Served {
  readonly asked: string[];
  readonly guids: Map<string, SchemaId>;
  /** Files a schema of any type under an id of its own. */
  add(schema: RegisteredSchema | string, subject?: SubjectName): SchemaId;
  /** Every call rejects with `registry-unreachable` while it is down. */
  down: boolean;
}

export function createFakeRegistry(): FakeRegistry {
  const schemas = new Map<SchemaId, RegisteredSchema>();
  const filed: { subject: SubjectName; id: SchemaId }[] = [];
  const versionOf = (subject: SubjectName, id: SchemaId) =>
    parseSchemaVersion(
      1 + filed.filter((entry) => entry.subject === subject).findIndex((entry) => entry.id === id),
    );
  const ask = (what: string) => {
    registry.asked.push(what);
    if (registry.down) throw new RegistryError("registry-unreachable", "the registry cannot be reached");
  };
  const findText = (text: string) => [...schemas].find(([, schema]) => schema.schemaText === text)?.[0];

  const registry: FakeRegistry = {
    asked: [],
    guids: new Map(),
    down: false,
    add(schema, subject) {
      const id = parseSchemaId(schemas.size + 1);
      schemas.set(
        id,
        typeof schema === "string" ? { schemaType: "AVRO", schemaText: schema, references: [] } : schema,
      );
      if (subject !== undefined) filed.push({ subject, id });
      return id;
    },
    async register(subject, schemaText, options) {
      ask(`register ${subject} ${options?.level}`);
      return { id: findText(schemaText) ?? registry.add(schemaText, subject) };
    },
    async lookUp(subject, schemaText) {
      ask(`lookUp ${subject}`);
      const id = findText(schemaText);
      const found = filed.some((entry) => entry.subject === subject && entry.id === id);
      return id !== undefined && found ? { id, version: versionOf(subject, id) } : null;
    },
    async schemaById(id) {
      ask(`schemaById ${id}`);
      return schemas.get(id) ?? null;
    },
    async schemaOfVersion(subject, version) {
      ask(`schemaOfVersion ${subject} ${version}`);
      const id = filed
        .filter((entry) => entry.subject === subject)
        .at(version === "latest" ? -1 : version - 1)?.id;
      const schema = id === undefined ? undefined : schemas.get(id);
      if (id === undefined || schema === undefined) return null;
      return { ...schema, id, version: versionOf(subject, id) };
    },
    async versionsOfId(id) {
      ask(`versionsOfId ${id}`);
      return filed
        .filter((entry) => entry.id === id)
        .map(({ subject }) => ({ subject, version: versionOf(subject, id) }));
    },
    async versions(subject) {
      ask(`versions ${subject}`);
      return filed
        .filter((entry) => entry.subject === subject)
        .map((_, index) => parseSchemaVersion(index + 1));
    },
    async idOfGuid(guid) {
      ask(`idOfGuid ${guid}`);
      return registry.guids.get(guid) ?? null;
    },
  };
  return registry;
}
