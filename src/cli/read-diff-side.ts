/**
 * What `schemas diff` may be given: a version of the folder, a file, a Git revision or a file of one, or a version that
 * the registry has.
 */
import { readFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { AvroError } from "../avro/error.ts";
import type { AvroSchema } from "../avro/model.ts";
import type { DiffSide } from "../changeset/diff.ts";
import type { NamedFolder } from "../changeset/diff-folders.ts";
import type { Changeset } from "../changeset/model.ts";
import { ConfigError } from "../config/load-config.ts";
import { parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CommandContext } from "./command.ts";
import { isRevision, readGitFolder, runGit } from "./git-folder.ts";
import { openRegistry } from "./open-clients.ts";
import { decode } from "./read-schema-folder.ts";
import { openSchemaFolder, shownFolder } from "./schema-reports.ts";
import { UsageError } from "./usage-error.ts";

/** One side of a diff: a schema, or the folder in one of its states. */
export type DiffOperand =
  | {
      readonly kind: "schema";
      readonly side: DiffSide;
      /** Null where it is no version of the folder on the disk. */
      readonly version: { readonly record: string; readonly path: string } | null;
    }
  | { readonly kind: "folder"; readonly folder: NamedFolder };

export class DiffSideReader {
  private readonly context: CommandContext;
  private readonly shown: string;
  private folder: Promise<Changeset | Error> | undefined;
  private registry: Promise<RegistryClient> | undefined;

  /** `shown` is the folder as the user named it. */
  constructor(context: CommandContext, shown: string) {
    this.context = context;
    this.shown = shown;
  }

  /** Throws UsageError for what names nothing, ConfigError for what is no schema. */
  async read(name: string): Promise<DiffOperand> {
    const [, record, number] = /^([^:]+?)(?:\/v|@v?)([1-9][0-9]{0,8})(?:\.avsc)?$/.exec(name) ?? [];
    if (record !== undefined) {
      const found = await this.readVersion(name, record.replace(/^\.\//, ""), Number(number));
      if (found !== null) return found;
    }
    const file = await this.readFile(name);
    if (file !== null) return { kind: "schema", side: file, version: null };
    const [, subject, version] = /^(.+)@(latest|v?[1-9][0-9]*)$/.exec(name) ?? [];
    if (subject !== undefined && version !== undefined) {
      return { kind: "schema", side: await this.readRegistered(name, subject, version), version: null };
    }
    const [, revision, path] = /^([^:]+):(.+)$/.exec(name) ?? [];
    if (revision !== undefined && path !== undefined) {
      return { kind: "schema", side: await this.readFileOf(name, path), version: null };
    }
    const other = (await this.readNewest(name)) ?? (await this.readRevision(name));
    if (other !== null) return other;
    throw new UsageError(
      "usage",
      `${JSON.stringify(name)} is no schema: give a version (tweet/v1 or tweet@1), the newest of a record (tweet), a file, a Git revision (main) or a file of one (main:schemas/tweet/v1.avsc), or a subject's version in the registry (twitter-value@1 or @latest)`,
    );
  }

  /** The folder as it is on the disk. Throws UsageError or ConfigError where it cannot be read. */
  async readWorkingFolder(): Promise<NamedFolder> {
    const changeset = await this.changeset();
    if (changeset instanceof Error) throw changeset;
    return { name: "", changeset };
  }

  /** The folder, or why it cannot be read: most ways to name a schema do without it. */
  private changeset(): Promise<Changeset | Error> {
    this.folder ??= openSchemaFolder(this.context.host, this.shown).catch((error: Error) => error);
    return this.folder;
  }

  private async readVersion(name: string, record: string, number: number): Promise<DiffOperand | null> {
    const changeset = await this.changeset();
    if (changeset instanceof Error) return null;
    const inFolder = record.startsWith(`${changeset.folder}/`)
      ? record.slice(changeset.folder.length + 1)
      : record;
    const found = changeset.records.find((candidate) => candidate.record === inFolder);
    if (found === undefined) return null;
    const version = found.versions.find((candidate) => candidate.version === number);
    if (version === undefined) {
      const there = found.versions.map((candidate) => `v${candidate.version}`).join(", ");
      throw new UsageError("usage", `${name}: ${changeset.folder}/${found.record} has ${there}`);
    }
    const { path, text, schema } = version;
    const side = { name, file: `${changeset.folder}/${path}`, text, schema };
    return { kind: "schema", side, version: { record: found.record, path } };
  }

  /** The newest version of a record, which may be named by its subject. */
  private async readNewest(name: string): Promise<DiffOperand | null> {
    const changeset = await this.changeset();
    if (changeset instanceof Error) return null;
    const found =
      changeset.records.find(({ record }) => record === name) ??
      changeset.subjects.find(({ subject }) => subject === name);
    const path = found?.versions.at(-1)?.path;
    const { newestSide } = await import("../changeset/diff-folders.ts");
    const side = found === undefined ? null : newestSide(found, changeset.folder, "");
    if (found === undefined || side === null || path === undefined) return null;
    return { kind: "schema", side, version: { record: found.record, path } };
  }

  private async readRevision(name: string): Promise<DiffOperand | null> {
    const { cwd } = this.context.host;
    if (!(await isRevision(cwd, name))) return null;
    const { openChangeset } = await import("../changeset/model.ts");
    const files = await readGitFolder(resolve(cwd, this.shown), name);
    if (files.length === 0) throw new UsageError("usage", `${name} has no schemas in ${this.shown}`);
    const changeset = openChangeset(files, `${name}:${shownFolder(this.shown)}`);
    return { kind: "folder", folder: { name, changeset } };
  }

  private async readFile(name: string): Promise<DiffSide | null> {
    const path = resolve(this.context.host.cwd, name);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      const { code = "" } = cause as NodeJS.ErrnoException;
      if (["ENOENT", "EISDIR", "ENOTDIR"].includes(code) && !name.endsWith(".avsc")) return null;
      if (/:/.test(name)) return null;
      throw new UsageError("usage", `${name} cannot be read: ${describeCause(cause)}`, { cause });
    }
    const text = decode(bytes, name);
    const file = relative(this.context.host.cwd, path).split(sep).join("/");
    return { name, file: file.startsWith("..") ? name : file, text, schema: await this.parse(name, text) };
  }

  private async readFileOf(name: string, path: string): Promise<DiffSide> {
    const { cwd } = this.context.host;
    const text = decode(await runGit(cwd, ["show", "--no-textconv", "--end-of-options", name]), name);
    return { name, file: path.replace(/^\.\//, ""), text, schema: await this.parse(name, text) };
  }

  private async readRegistered(name: string, subject: string, version: string): Promise<DiffSide> {
    const { parseSchemaText } = await import("../avro/parse-schema.ts");
    this.registry ??= openRegistry(this.context);
    const registry = await this.registry;
    const read = async (subjectName: string, which: number | "latest", from: readonly string[]) => {
      const at = `${subjectName}@${which}`;
      if (from.includes(at)) {
        throw new ConfigError(
          "invalid-config",
          `${name}: references in a circle: ${[...from, at].join(" -> ")}`,
        );
      }
      const found = await registry.schemaOfVersion(
        parseSubjectName(subjectName),
        which === "latest" ? which : parseSchemaVersion(which),
      );
      if (found === null) throw new UsageError("usage", `${registry.url} has no ${at}`);
      if (found.schemaType !== "AVRO") {
        throw new UsageError("usage", `${at} of ${registry.url} is ${found.schemaType}, not AVRO`);
      }
      const references: AvroSchema[] = [];
      for (const reference of found.references) {
        references.push((await read(reference.subject, reference.version, [...from, at])).schema);
      }
      return {
        text: found.schemaText,
        schema: wrap(at, () => parseSchemaText(found.schemaText, { references })),
      };
    };
    const which = version === "latest" ? version : Number(version.replace(/^v/, ""));
    const { text, schema } = await read(subject, which, []);
    return { name, file: name, text, schema };
  }

  /** A file alone may use the types of the folder: those of the newest versions. */
  private async parse(name: string, text: string): Promise<AvroSchema> {
    const { parseJsonText } = await import("../avro/json-text.ts");
    const { namedTypesOf, parseSchema } = await import("../avro/parse-schema.ts");
    const { fullNameText } = await import("../avro/model.ts");
    const json = wrap(name, () => parseJsonText(text));
    const references = new Set<AvroSchema>();
    for (;;) {
      try {
        return parseSchema(json, { references: [...references] });
      } catch (error) {
        const names =
          error instanceof AvroError ? (error.details.unknownNames as string[] | undefined) : undefined;
        const changeset = names === undefined ? null : await this.changeset();
        const types =
          changeset === null || changeset instanceof Error
            ? []
            : changeset.records.flatMap(({ versions }) => {
                const newest = versions.at(-1);
                return newest === undefined ? [] : namedTypesOf(newest.schema);
              });
        const type = types.find((candidate) => names?.includes(fullNameText(candidate.fullName)));
        if (type === undefined || references.has(type)) throw refuse(name, error);
        references.add(type);
      }
    }
  }
}

function wrap<Value>(name: string, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    throw refuse(name, error);
  }
}

function refuse(name: string, error: unknown): unknown {
  if (!(error instanceof BirdwireError)) return error;
  return new ConfigError("invalid-config", `${name}: ${error.message}`, { cause: error });
}
