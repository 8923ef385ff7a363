/**
 * Version files to schemas, those first whose types others use. A released version keeps the versions that it was
 * released with (the lock has them); one that was not released uses the newest version of the record that defines
 * a type. A circle of files is an error: no registry could take any of them first.
 */
import { AvroError } from "../avro/error.ts";
import { parseJsonText } from "../avro/json-text.ts";
import { type AvroSchema, fullNameText, isNamed, type NamedSchema } from "../avro/model.ts";
import { namedTypesOf, parseSchema } from "../avro/parse-schema.ts";
import { ConfigError } from "../config/load-config.ts";
import { isJsonObject } from "../kernel/json.ts";
import { locatePointer } from "./locate.ts";
import { contentHashOf, hashOf, type LockedReference, type LockedVersion, type SchemaLock } from "./lock.ts";
import type { ChangesetRecord, VersionFile, VersionReference } from "./model.ts";

export interface Problem {
  /** Relative to the folder. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** JSON pointer in the file. */
  readonly path: string;
  readonly message: string;
}

export interface PendingFile {
  readonly version: number;
  readonly path: string;
  readonly text: string;
}

interface Opened {
  readonly schema: AvroSchema;
  readonly uses: readonly LockedReference[];
}

interface Owner {
  readonly record: string;
  /** The whole schema of the file is that type. */
  readonly isRoot: boolean;
}

export class FolderReader {
  readonly problems: Problem[] = [];
  private readonly files: ReadonlyMap<string, readonly PendingFile[]>;
  private readonly lock: SchemaLock;
  private readonly subjectOf: ReadonlyMap<string, string>;
  /** Who defines which full name, of the newest versions. */
  private readonly owners = new Map<string, Owner[]>();
  private readonly json = new Map<PendingFile, { readonly value: unknown }>();
  private readonly opened = new Map<PendingFile, Opened | null>();
  private readonly opening: PendingFile[] = [];
  private readonly intact = new Map<PendingFile, boolean>();

  /** `files` by record, oldest version first. */
  constructor(
    files: ReadonlyMap<string, readonly PendingFile[]>,
    lock: SchemaLock,
    subjectOf: ReadonlyMap<string, string>,
  ) {
    this.files = files;
    this.lock = lock;
    this.subjectOf = subjectOf;
  }

  /** Records of which no version could be read are left out; `problems` says why. */
  readAll(): ChangesetRecord[] {
    for (const [record, versions] of this.files) this.index(record, versions);
    return [...this.files]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([record, files]) => {
        const versions = files.flatMap((file) => this.describe(record, file));
        return versions.length === 0 ? [] : [{ record, versions }];
      });
  }

  private describe(record: string, file: PendingFile): VersionFile[] {
    const locked = this.lockedVersion(record, file.version);
    if (locked !== undefined && this.isIntact(record, file))
      return [this.describeIntact(record, file, locked)];
    const opened = this.open(record, file);
    if (opened === null) return [];
    const { schema, uses } = opened;
    const about = { references: this.referencesOf(uses), uses, isReleased: locked !== undefined };
    return [
      {
        ...file,
        ...about,
        schema,
        isIntact: false,
        get content() {
          return contentHashOf(schema);
        },
      },
    ];
  }

  /** Read only when it is asked for: of thousands of released versions, most never are. */
  private describeIntact(record: string, file: PendingFile, locked: LockedVersion): VersionFile {
    const uses = locked.references ?? [];
    const read = () => this.reopen(record, file);
    const about = { references: this.referencesOf(uses), uses, isReleased: true, isIntact: true };
    return {
      ...file,
      ...about,
      content: locked.sha256,
      get schema() {
        return read();
      },
    };
  }

  private reopen(record: string, file: PendingFile): AvroSchema {
    const opened = this.open(record, file);
    if (opened !== null) return opened.schema;
    const message = `${file.path} was released, and cannot be read any more`;
    throw new ConfigError("invalid-config", message, { details: { problems: this.problems } });
  }

  private referencesOf(uses: readonly LockedReference[]): VersionReference[] {
    return uses.map(({ name, record, version }) => ({
      name,
      subject: this.subjectOf.get(record) ?? record,
      version,
    }));
  }

  /** Whether the file, and all that it uses, is to the byte what was released. */
  private isIntact(record: string, file: PendingFile): boolean {
    const known = this.intact.get(file);
    if (known !== undefined) return known;
    // For a circle, which only a lock that was edited can have.
    this.intact.set(file, false);
    const locked = this.lockedVersion(record, file.version);
    const isSame = locked?.fileSha256 !== undefined && locked.fileSha256 === hashOf(file.text);
    const isIntact =
      isSame &&
      (locked.references ?? []).every((use) => {
        const target = this.files.get(use.record)?.find(({ version }) => version === use.version);
        return target !== undefined && this.subjectOf.has(use.record) && this.isIntact(use.record, target);
      });
    this.intact.set(file, isIntact);
    return isIntact;
  }

  private index(record: string, versions: readonly PendingFile[]): void {
    const newest = versions.at(-1);
    if (newest === undefined) return;
    const json = this.parseJson(newest);
    if (json === null) return;
    for (const { name, isRoot } of definedNames(json.value)) {
      const owners = this.owners.get(name) ?? [];
      const other = owners.find((owner) => owner.isRoot);
      if (isRoot && other !== undefined) {
        const message = `both this record and ${other.record}/ are called ${name}: a full name belongs to one record`;
        this.report(newest, "/name", message);
      }
      owners.push({ record, isRoot });
      this.owners.set(name, owners);
    }
  }

  private open(record: string, file: PendingFile): Opened | null {
    const known = this.opened.get(file);
    if (known !== undefined) return known;
    this.opening.push(file);
    const opened = this.parse(record, file);
    this.opening.pop();
    this.opened.set(file, opened);
    // Thousands of files would keep twice their size.
    this.json.delete(file);
    return opened;
  }

  /** Adds the version of another record for each name that the file does not define itself. */
  private parse(record: string, file: PendingFile): Opened | null {
    const json = this.parseJson(file);
    if (json === null) return null;
    const uses: LockedReference[] = [];
    const schemas: AvroSchema[] = [];
    for (const use of this.lockedVersion(record, file.version)?.references ?? []) {
      const schema = this.openUse(file, use, "");
      if (schema === null) return null;
      uses.push(use);
      schemas.push(schema);
    }
    for (;;) {
      try {
        const schema = parseSchema(json.value, { references: schemas });
        return { schema, uses };
      } catch (error) {
        if (!(error instanceof AvroError)) throw error;
        const { path = "", reason, unknownNames } = error.details as UnknownNames;
        const found = this.findUse(record, file, unknownNames ?? [], path);
        if (found === "reported") return null;
        if (found === null || uses.some((use) => use.record === found.record)) {
          this.report(file, path, reason ?? error.message);
          return null;
        }
        const schema = this.openUse(file, found, path);
        if (schema === null) return null;
        const name = isNamed(schema) ? fullNameText(schema.fullName) : found.name;
        uses.push({ ...found, name });
        schemas.push(schema);
        if (this.reportClash(file, path, schemas, uses)) return null;
      }
    }
  }

  private findUse(
    record: string,
    file: PendingFile,
    names: readonly string[],
    path: string,
  ): LockedReference | "reported" | null {
    for (const name of names) {
      const owners = (this.owners.get(name) ?? []).filter((owner) => owner.record !== record);
      const [owner, second] = owners.some(({ isRoot }) => isRoot)
        ? owners.filter(({ isRoot }) => isRoot)
        : owners;
      if (owner === undefined) continue;
      if (second !== undefined) {
        const message = `${name} is defined by both ${owner.record}/ and ${second.record}/: which one is meant?`;
        this.report(file, path, message);
        return "reported";
      }
      const version = this.files.get(owner.record)?.at(-1)?.version;
      if (version !== undefined) return { name, record: owner.record, version };
    }
    return null;
  }

  private openUse(file: PendingFile, use: LockedReference, path: string): AvroSchema | null {
    const target = this.files.get(use.record)?.find(({ version }) => version === use.version);
    if (target === undefined) {
      this.report(file, path, `${use.name} comes from ${use.record}/v${use.version}.avsc, which is gone`);
      return null;
    }
    const start = this.opening.indexOf(target);
    if (start !== -1) {
      const circle = [...this.opening.slice(start), target].map((member) => member.path).join(" -> ");
      this.report(file, path, `the files use each other in a circle: ${circle}`);
      return null;
    }
    const opened = this.open(use.record, target);
    if (opened !== null) {
      if (!this.subjectOf.has(use.record)) {
        const message = `${use.name} comes from ${target.path}, which subjects.json files under no subject: it could not be registered`;
        this.report(file, path, message);
        return null;
      }
      return opened.schema;
    }
    return null;
  }

  /** Two versions of one type cannot be used together, not even through a third record. */
  private reportClash(
    file: PendingFile,
    path: string,
    schemas: readonly AvroSchema[],
    uses: readonly LockedReference[],
  ): boolean {
    const seen = new Map<string, { readonly type: NamedSchema; readonly use: number }>();
    for (const [use, schema] of schemas.entries()) {
      for (const type of namedTypesOf(schema)) {
        const name = fullNameText(type.fullName);
        const earlier = seen.get(name);
        if (earlier === undefined) seen.set(name, { type, use });
        else if (earlier.type !== type) {
          const [one, other] = [uses[earlier.use], uses[use]].map(
            (from) => `${from?.record}/v${from?.version}`,
          );
          this.report(file, path, `${one}.avsc and ${other}.avsc bring two different definitions of ${name}`);
          return true;
        }
      }
    }
    return false;
  }

  private parseJson(file: PendingFile): { readonly value: unknown } | null {
    const known = this.json.get(file);
    if (known !== undefined) return known;
    try {
      const json = { value: parseJsonText(file.text) };
      this.json.set(file, json);
      return json;
    } catch (error) {
      if (!(error instanceof AvroError)) throw error;
      const {
        line = 1,
        column = 1,
        reason,
      } = error.details as { line?: number; column?: number; reason?: string };
      if (!this.problems.some((problem) => problem.file === file.path)) {
        this.problems.push({ file: file.path, line, column, path: "", message: `not JSON: ${reason}` });
      }
      return null;
    }
  }

  private lockedVersion(record: string, version: number) {
    return this.lock.records.get(record)?.versions.find((locked) => locked.version === version);
  }

  private report(file: PendingFile, path: string, message: string): void {
    this.problems.push({ file: file.path, ...locatePointer(file.text, path), path, message });
  }
}

interface UnknownNames {
  readonly path?: string;
  readonly reason?: string;
  readonly unknownNames?: readonly string[];
}

/** Full names that the JSON of a schema defines. What is no schema defines nothing: the parser will say so. */
function definedNames(json: unknown): { readonly name: string; readonly isRoot: boolean }[] {
  const names: { readonly name: string; readonly isRoot: boolean }[] = [];
  const visit = (value: unknown, enclosing: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, enclosing);
      return;
    }
    if (!isJsonObject(value)) return;
    let inner = enclosing;
    const isDefinition = ["record", "error", "enum", "fixed"].includes(String(value.type));
    if (isDefinition && typeof value.name === "string") {
      const space = typeof value.namespace === "string" ? value.namespace : enclosing;
      const full = value.name.includes(".") || space === "" ? value.name : `${space}.${value.name}`;
      inner = full.slice(0, Math.max(full.lastIndexOf("."), 0));
      names.push({ name: full, isRoot: value === json });
    }
    if (Array.isArray(value.fields)) {
      for (const field of value.fields) if (isJsonObject(field)) visit(field.type, inner);
    }
    visit(value.items, inner);
    visit(value.values, inner);
  };
  visit(json, "");
  return names;
}
