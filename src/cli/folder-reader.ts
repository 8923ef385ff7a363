/**
 * The schema that a topic is read and written with by a folder of schemas: the newest version of the record that subjects.json
 * names for it.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { Changeset, ChangesetSubject, VersionFile } from "../changeset/model.ts";
import { parseSubjectName, type SubjectName } from "../kernel/brand.ts";
import { describeReader } from "../serde/reader.ts";
import type { Host } from "./host.ts";
import { openFolder } from "./schema-folder.ts";
import { UsageError } from "./usage-error.ts";

export interface FolderReading {
  readonly subject: SubjectName;
  readonly schema: TypedSchema<unknown>;
  /** All versions of the record, oldest first; `schema` is the last. */
  readonly versions: readonly TypedSchema<unknown>[];
  /** Of the subject, as subjects.json has it. */
  readonly level: string;
  /** Whether a version uses types of other subjects. */
  readonly refersToOthers: boolean;
}

/**
 * `subject` chooses where several are filed for the topic. Throws UsageError, ConfigError where a file is wrong.
 */
export async function openFolderReader(
  host: Host,
  shown: string,
  wanted: WantedSubject,
): Promise<FolderReading> {
  const { changeset } = await openFolder(host, shown);
  const { entry, newest } = chooseSubject(changeset, shown, wanted);
  const versions = entry.versions.map(({ schema, version }) => describeReader(schema, version));
  return {
    subject: parseSubjectName(entry.subject),
    schema: versions.at(-1) ?? describeReader(newest.schema, newest.version),
    versions,
    level: entry.level,
    refersToOthers: entry.versions.some(({ references }) => references.length > 0),
  };
}

export interface WantedSubject {
  readonly topic: string;
  readonly subject?: string | undefined;
}

export interface FolderSubject {
  readonly entry: ChangesetSubject;
  readonly newest: VersionFile;
}

/** Throws UsageError where there is none, or where there are several and none is named. */
export function chooseSubject(
  { subjects }: Changeset,
  shown: string,
  { topic, subject }: WantedSubject,
): FolderSubject {
  const found = subjects.filter((one) =>
    subject === undefined ? one.topic === topic : one.subject === subject,
  );
  const [entry, another] = found;
  if (entry === undefined) {
    const wanted = subject === undefined ? `topic ${topic}` : `subject ${subject}`;
    const topics = [...new Set(subjects.map((one) => one.topic))].join(", ");
    throw new UsageError("usage", `${shown}/subjects.json has no ${wanted}; its topics are ${topics}`);
  }
  if (another !== undefined) {
    const names = found.map((one) => one.subject).join(", ");
    throw new UsageError("usage", `topic ${topic} has several subjects: --subject names one of ${names}`);
  }
  const newest = entry.versions.at(-1);
  if (newest === undefined) throw new TypeError(`${entry.record} has no version`);
  return { entry, newest };
}
