/**
 * `produce --from-json`: its options, and which schema, key and headers they choose.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { OutgoingRecord } from "../kafka/port.ts";
import { parseSubjectName, parseTopicName, type SubjectName } from "../kernel/brand.ts";
import { describeCause } from "../kernel/error.ts";
import { lineErrorPolicies } from "../pipeline/on-error.ts";
import type { LineKey } from "../pipeline/produce-lines.ts";
import type { Registration } from "../serde/encoder.ts";
import type { JsonEncoding } from "../serde/json-encoder.ts";
import type { TweetVersion } from "../tweets/version.ts";
import type { Host } from "./host.ts";
import { ownSchemas, ownSubjects, subjectSettings } from "./open-clients.ts";
import { decode } from "./read-schema-folder.ts";
import { UsageError } from "./usage-error.ts";

/** Where `--help` shows them. */
const group = "Values from JSON:";

export const fromJsonOptions = {
  "from-json": {
    type: "string",
    requiresArg: true,
    group,
    describe:
      "send the values of a file of JSON lines (plain, .gz or .zst) or, with -, of stdin; of any schema",
  },
  "json-encoding": {
    // Those of JsonEncoding; the room itself is loaded when a command runs.
    choices: ["plain", "avro"] satisfies readonly JsonEncoding[],
    default: "plain",
    requiresArg: true,
    group,
    describe: "the JSON is what consume --format json prints (plain), or --format avro-json (avro)",
  },
  schema: {
    type: "string",
    requiresArg: true,
    group,
    describe: "write with the schema of that .avsc file",
  },
  schemas: {
    type: "string",
    requiresArg: true,
    group,
    describe:
      "write with the newest version in that folder of the record that its subjects.json names for the topic",
  },
  subject: {
    type: "string",
    requiresArg: true,
    group,
    describe:
      "subject of the schema, by default TOPIC-value; a topic that is none of ours is written with what it has registered last",
  },
  key: {
    type: "string",
    requiresArg: true,
    group,
    describe: "field that is the record's key, by default `id` where each record has that text; '' for none",
  },
  "key-separator": {
    type: "string",
    requiresArg: true,
    group,
    describe:
      "a key stands before each value, up to that text (\\t is a tab); KEY and then null is a tombstone",
  },
  header: {
    type: "string",
    array: true,
    requiresArg: true,
    group,
    describe: "header of each record, NAME=VALUE",
  },
  "on-error": {
    choices: lineErrorPolicies,
    requiresArg: true,
    group,
    describe:
      "a line that is no value of the schema becomes a dead letter, as without it, or ends the run with 7 (fail)",
  },
} as const;

export interface FromJsonArgs {
  readonly "from-json"?: string | undefined;
  readonly "json-encoding": JsonEncoding;
  readonly schema?: string | undefined;
  readonly schemas?: string | undefined;
  readonly subject?: string | undefined;
  readonly key?: string | undefined;
  readonly "key-separator"?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly "on-error"?: (typeof lineErrorPolicies)[number] | undefined;
}

/** What values are written with, and under which subject. */
export type WritingChoice =
  | {
      readonly kind: "schema";
      readonly subject: SubjectName;
      readonly schema: TypedSchema<unknown>;
      /** The record's versions up to that one, which are registered before it. */
      readonly versions: readonly TypedSchema<unknown>[];
      /** Made the subject's own before anything is registered; without it the subject's settings stay. */
      readonly level?: string | undefined;
      readonly register: Registration;
      /** A Tweet, whose topic is made as that of tweets. */
      readonly isTweet: boolean;
    }
  /** The version that the subject has registered last. */
  | { readonly kind: "latest"; readonly subject: SubjectName };

export interface FromJson {
  /** Null is stdin. */
  readonly file: string | null;
  readonly encoding: JsonEncoding;
  readonly writing: WritingChoice;
  /** As produce registers everything else. */
  readonly register: Registration;
  readonly key: { readonly kind: "default" } | { readonly kind: "field"; readonly name: string } | LineKey;
  readonly headers: OutgoingRecord["headers"];
  readonly failsOnError: boolean;
}

interface WritingFacts {
  readonly topic: string;
  readonly register: Registration;
  /** Of the Tweet. */
  readonly schemaVersion: TweetVersion;
}

const onlyFromJson = ["schema", "schemas", "subject", "key", "key-separator", "header", "on-error"] as const;
/** Flags of produce that say what is asked of X, or of posts. */
const notFromJson = ["replay", "rule", "rules", "resume", "expand", "max-tweets", "until-idle"] as const;

/** Null without `--from-json`. Throws UsageError, also for a file that is no schema; ConfigError for a wrong folder. */
export async function parseFromJson(
  args: FromJsonArgs & Readonly<Record<string, unknown>>,
  host: Host,
  { topic, register, schemaVersion }: WritingFacts,
): Promise<FromJson | null> {
  const isGiven = (flag: string) => {
    const value = args[flag];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  };
  const file = args["from-json"];
  if (file === undefined) {
    const stray = onlyFromJson.find(isGiven);
    if (stray === undefined) return null;
    throw new UsageError(
      "usage",
      `--${stray} belongs to --from-json, which names the file of JSON lines, or - for stdin`,
    );
  }
  const stray = notFromJson.find(isGiven);
  if (stray !== undefined) {
    throw new UsageError(
      "usage",
      `--from-json sends values as they are, and --${stray} is about posts: leave one of them out`,
    );
  }
  return {
    file: file === "-" ? null : file,
    encoding: args["json-encoding"],
    writing: await chooseWriting(args, host, { topic, register, schemaVersion }),
    register,
    key: chooseKey(args),
    headers: parseHeaders(args.header ?? []),
    failsOnError: args["on-error"] === "fail",
  };
}

function chooseKey({ key, "key-separator": separator }: FromJsonArgs): FromJson["key"] {
  if (separator === undefined) {
    if (key === undefined) return { kind: "default" };
    return key === "" ? { kind: "none" } : { kind: "field", name: key };
  }
  if (key !== undefined) {
    throw new UsageError("usage", "--key and --key-separator both say what the key is: leave one");
  }
  if (separator === "") throw new UsageError("usage", "--key-separator needs a text, such as '\\t' or ':'");
  return { kind: "separated", separator: separator.replaceAll("\\t", "\t") };
}

function parseHeaders(flags: readonly string[]): FromJson["headers"] {
  if (flags.length === 0) return undefined;
  return Object.fromEntries(
    flags.map((flag) => {
      const at = flag.indexOf("=");
      if (at < 1) throw new UsageError("usage", `--header ${JSON.stringify(flag)} is not NAME=VALUE`);
      const name = flag.slice(0, at);
      if (name.startsWith("__")) {
        throw new UsageError("usage", `--header ${name}: names that begin with __ say how a record is read`);
      }
      return [name, flag.slice(at + 1)];
    }),
  );
}

async function chooseWriting(
  args: FromJsonArgs,
  host: Host,
  { topic, register, schemaVersion }: WritingFacts,
): Promise<WritingChoice> {
  const named = args.subject === undefined ? undefined : parseSubjectName(args.subject);
  const byTopic = () => named ?? parseSubjectName(`${parseTopicName(topic)}-value`);
  if (args.schema !== undefined) {
    if (args.schemas !== undefined)
      throw new UsageError("usage", "--schemas and --schema both say what to write with: leave one");
    const schema = await readSchemaFile(args.schema, host);
    return { kind: "schema", subject: byTopic(), schema, versions: [], register, isTweet: false };
  }
  const own = ownSubjects().find((entry) => entry.topic === topic);
  if (args.schemas === undefined && own?.record === "tweet" && (named ?? own.subject) === own.subject) {
    const [{ TweetVersions }, { schemaOf }] = await Promise.all([
      import("../generated/tweet.ts"),
      import("./run-produce.ts"),
    ]);
    const { subject, level } = subjectSettings(parseTopicName(topic), "tweet");
    const schema = schemaOf(schemaVersion);
    return { kind: "schema", subject, schema, versions: TweetVersions, level, register, isTweet: true };
  }
  const folder = args.schemas ?? (own !== undefined && named === undefined ? ownSchemas() : undefined);
  if (folder === undefined) return { kind: "latest", subject: byTopic() };
  const { openFolderReader } = await import("./folder-reader.ts");
  const { refersToOthers, ...found } = await openFolderReader(host, folder, { topic, subject: named });
  // What refers to other subjects is registered with its references, which `schemas register` knows.
  const how = refersToOthers && register !== "never" ? "latest" : register;
  return { kind: "schema", ...found, register: how, isTweet: false };
}

async function readSchemaFile(file: string, host: Host): Promise<TypedSchema<unknown>> {
  const { parseReader } = await import("../serde/reader.ts");
  try {
    return parseReader(decode(readFileSync(resolve(host.cwd, file)), file));
  } catch (cause) {
    throw new UsageError("usage", `--schema ${file}: ${describeCause(cause)}`, { cause });
  }
}
