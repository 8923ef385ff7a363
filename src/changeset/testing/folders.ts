/**
 * Folders and registries for tests, as data.
 */
import { parseSchemaText } from "../../avro/parse-schema.ts";
import { parseSchemaId, parseSchemaVersion, parseSubjectName } from "../../kernel/brand.ts";
import type { SchemaFile } from "../model.ts";
import { contentOf, type RegistryState, type RegistryVersion, type SubjectState } from "../registry-state.ts";

export interface FolderRecord {
  readonly versions: readonly string[];
  /** Default FULL. */
  readonly level?: string;
}

/** subjects.json with `<record>-value` for each record, and its versions from 1. */
export function files(records: Readonly<Record<string, FolderRecord>>): readonly SchemaFile[] {
  const subjects = Object.entries(records).map(([record, { level = "FULL" }]) => ({
    subject: `${record}-value`,
    topic: record,
    record,
    compatibility: level,
  }));
  return [
    { path: "subjects.json", text: JSON.stringify({ subjects }) },
    ...Object.entries(records).flatMap(([record, { versions }]) =>
      versions.map((text, index) => ({ path: `${record}/v${index + 1}.avsc`, text })),
    ),
  ];
}

/** A record of the namespace `n`. */
export function record(name: string, ...fields: readonly unknown[]): string {
  return JSON.stringify({ type: "record", name, namespace: "n", fields });
}

/** A text stands for the next version. */
export type FiledSchema =
  | string
  | {
      readonly version: number;
      readonly text: string;
      readonly schemaType?: string;
      readonly references?: readonly {
        readonly name: string;
        readonly subject: string;
        readonly version: number;
      }[];
    };

export function stateOf(
  subjects: Readonly<
    Record<string, { readonly level: string | null; readonly filed: readonly FiledSchema[] }>
  >,
): RegistryState {
  let id = 0;
  const states = Object.entries(subjects).map(([name, { level, filed }]): [string, SubjectState] => {
    const subject = parseSubjectName(name);
    const versions = filed.map((one, index): RegistryVersion => {
      const given = typeof one === "string" ? { version: index + 1, text: one } : one;
      const { version, text, schemaType = "AVRO", references = [] } = given;
      const schema = schemaType === "AVRO" ? parseSchemaText(text) : null;
      id += 1;
      return {
        id: parseSchemaId(id),
        version: parseSchemaVersion(version),
        schemaType,
        schemaText: text,
        references: references.map((use) => ({
          name: use.name,
          subject: parseSubjectName(use.subject),
          version: parseSchemaVersion(use.version),
        })),
        schema,
        problem: schema === null ? `it is a schema of type ${schemaType}` : null,
        content: schema === null ? text : contentOf(schema),
      };
    });
    return [name, { subject, ownLevel: level, versions }];
  });
  return { url: "http://registry", levelOfAll: "BACKWARD", subjects: new Map(states) };
}
