/**
 * What `schemas diff` may be given: a version of the folder, a file, a file of a Git revision, or a version that the
 * registry has.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { AvroError } from "../avro/error.ts";
import type { AvroSchema } from "../avro/model.ts";
import type { DiffSide } from "../changeset/diff.ts";
import type { Changeset } from "../changeset/model.ts";
import { ConfigError } from "../config/load-config.ts";
import { parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CommandContext } from "./command.ts";
import { openRegistry } from "./open-clients.ts";
import { decode } from "./read-schema-folder.ts";
import { openSchemaFolder } from "./schema-reports.ts";
import { UsageError } from "./usage-error.ts";

const maxGitBytes = 64 * 1024 * 1024;

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
  async read(name: string): Promise<DiffSide> {
    const [, record, number] = /^([^:]+?)(?:\/v|@v?)([1-9][0-9]{0,8})(?:\.avsc)?$/.exec(name) ?? [];
    if (record !== undefined) {
      const found = await this.readVersion(name, record.replace(/^\.\//, ""), Number(number));
      if (found !== null) return found;
    }
    const file = await this.readFile(name);
    if (file !== null) return file;
    const [, subject, version] = /^(.+)@(latest|v?[1-9][0-9]*)$/.exec(name) ?? [];
    if (subject !== undefined && version !== undefined) return this.readRegistered(name, subject, version);
    const [, revision, path] = /^([^:]+):(.+)$/.exec(name) ?? [];
    if (revision !== undefined && path !== undefined) return this.readRevision(name, path);
    throw new UsageError(
      "usage",
      `${JSON.stringify(name)} is no schema: give a version (tweet/v1 or tweet@1), a file, a file of a Git revision (main:schemas/tweet/v1.avsc) or a subject's version (twitter-value@1 or @latest)`,
    );
  }

  /** The folder, or why it cannot be read: most ways to name a schema do without it. */
  private changeset(): Promise<Changeset | Error> {
    this.folder ??= openSchemaFolder(this.context.host, this.shown).catch((error: Error) => error);
    return this.folder;
  }

  private async readVersion(name: string, record: string, number: number): Promise<DiffSide | null> {
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
    return { name, file: `${changeset.folder}/${version.path}`, text: version.text, schema: version.schema };
  }

  private async readFile(name: string): Promise<DiffSide | null> {
    const path = resolve(this.context.host.cwd, name);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT" && !name.endsWith(".avsc")) return null;
      if (/:/.test(name)) return null;
      throw new UsageError("usage", `${name} cannot be read: ${describeCause(cause)}`, { cause });
    }
    const text = decode(bytes, name);
    const file = relative(this.context.host.cwd, path).split(sep).join("/");
    return { name, file: file.startsWith("..") ? name : file, text, schema: await this.parse(name, text) };
  }

  private async readRevision(name: string, path: string): Promise<DiffSide> {
    const { cwd } = this.context.host;
    const show = promisify(execFile);
    let bytes: Buffer;
    try {
      const options = { cwd, encoding: "buffer" as const, maxBuffer: maxGitBytes };
      bytes = (await show("git", ["show", "--no-textconv", "--end-of-options", name], options)).stdout;
    } catch (cause) {
      const stderr = String((cause as { readonly stderr?: unknown }).stderr ?? "").trim();
      const reason = stderr === "" ? describeCause(cause) : stderr.replace(/^fatal: /, "");
      throw new UsageError("usage", `git show ${name}: ${reason}`, { cause });
    }
    const text = decode(bytes, name);
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
