/**
 * What records are read with, and what becomes of those that cannot be read: options of `consume`, of which other
 * commands that read records take the first three.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TypedSchema } from "../avro/typed-schema.ts";
import {
  parseSchemaVersion,
  parseSubjectName,
  type SchemaVersion,
  type SubjectName,
} from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import { type OnError, onErrorPolicies } from "../pipeline/on-error.ts";
import type { Host } from "./host.ts";
import { ownSchemas, ownSubjects } from "./open-clients.ts";
import { decode } from "./read-schema-folder.ts";
import { schemaOfTopic } from "./topic-schema.ts";
import { UsageError } from "./usage-error.ts";

export const readerOptions = {
  reader: {
    type: "string",
    default: "generated",
    requiresArg: true,
    describe:
      "schema that records are read with: generated (the one compiled in), latest or a number (a version of the subject), or a file",
  },
  schemas: {
    type: "string",
    requiresArg: true,
    describe:
      "read with the newest version in that folder of the record that its subjects.json names for the topic",
  },
  subject: {
    type: "string",
    requiresArg: true,
    describe: "subject whose versions are checked and numbered; by default TOPIC-value",
  },
} as const;

export const readingOptions = {
  ...readerOptions,
  "on-error": {
    choices: onErrorPolicies,
    requiresArg: true,
    describe:
      "what cannot be read: dead-letter (as without it, with --group), skip (told and counted), fail (the run ends with 7); the first two also let it start though versions of the subject cannot be read",
  },
  explain: {
    type: "boolean",
    default: false,
    describe:
      "tell of each record what was defaulted, dropped, promoted or found by alias: below it, or with JSON inside of --meta's wrap",
  },
} as const;

export type ReaderChoice =
  | { readonly kind: "generated" }
  | { readonly kind: "registered"; readonly version: SchemaVersion | "latest" }
  | { readonly kind: "file"; readonly schema: TypedSchema<unknown> };

export interface ReaderSelection {
  readonly reader: ReaderChoice;
  readonly subject?: SubjectName | undefined;
}

export interface ReadingChoice extends ReaderSelection {
  /** Undefined: nothing was said, so that a version that cannot be read is not expected. */
  readonly onError?: OnError | undefined;
  readonly explain?: boolean | undefined;
}

export interface ReaderArgs {
  readonly reader: string;
  readonly schemas?: string | undefined;
  readonly subject?: string | undefined;
}

export interface ReadingArgs extends ReaderArgs {
  readonly "on-error"?: OnError | undefined;
  readonly group?: string | undefined;
  readonly explain: boolean;
}

/** Throws UsageError, also for a file that is no Avro schema; ConfigError for a folder of schemas that is wrong. */
export async function parseReadingOptions(
  args: ReadingArgs,
  host: Host,
  topic: string,
): Promise<ReadingChoice> {
  const onError = args["on-error"];
  if (onError === "dead-letter" && args.group === undefined) {
    throw new UsageError(
      "usage",
      "--on-error dead-letter needs --group: a run without one sees the same records each time, and would write the same dead letters again; --on-error skip tells and counts them",
    );
  }
  return { onError, explain: args.explain, ...(await parseReaderOptions(args, host, topic)) };
}

/** Throws as `parseReadingOptions`. */
export async function parseReaderOptions(
  args: ReaderArgs,
  host: Host,
  topic: string,
): Promise<ReaderSelection> {
  const named = args.subject === undefined ? undefined : parseSubjectName(args.subject);
  if (args.schemas !== undefined && args.reader !== "generated") {
    throw new UsageError("usage", "--schemas and --reader both say what to read with: leave one");
  }
  const folder = args.schemas ?? (args.reader === "generated" ? folderOf(topic) : undefined);
  if (folder === undefined) {
    return { reader: await parseReader(args.reader, host), subject: named };
  }
  const { openFolderReader } = await import("./folder-reader.ts");
  const { subject, schema } = await openFolderReader(host, folder, { topic, subject: named });
  return { reader: { kind: "file", schema }, subject };
}

/** Of a topic of our own schemas that no code was generated for. */
export function folderOf(topic: string): string | undefined {
  const entry = ownSubjects().find((one) => one.topic === topic);
  return entry === undefined || entry.record === schemaOfTopic(topic).record ? undefined : ownSchemas();
}

/** `flag` is the option that the text was given to. Throws UsageError. */
export async function parseReader(text: string, host: Host, flag = "--reader"): Promise<ReaderChoice> {
  if (text === "generated") return { kind: "generated" };
  if (text === "latest") return { kind: "registered", version: "latest" };
  if (/^\d{1,9}$/.test(text)) return { kind: "registered", version: parseSchemaVersion(Number(text)) };
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(host.cwd, text));
  } catch (cause) {
    throw new UsageError(
      "usage",
      `${flag} takes generated, latest, the number of a version or a schema file, and ${text} cannot be read: ${describeCause(cause)}`,
      { cause },
    );
  }
  const { parseReader: parse } = await import("../serde/reader.ts");
  try {
    return { kind: "file", schema: parse(decode(bytes, text)) };
  } catch (cause) {
    throw new UsageError("usage", `${flag} ${text}: ${describeCause(cause)}`, { cause });
  }
}
