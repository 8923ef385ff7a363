/**
 * Files to schemas: which file makes which module, which version is the newest, and where a type is defined that a file
 * only names. A file may use the types of any other by full name, in any order, but not in a circle.
 */
import { findUnheldField } from "../src/avro/avsc-schema.ts";
import { AvroError } from "../src/avro/error.ts";
import { parseJsonText } from "../src/avro/json-text.ts";
import { type AvroSchema, fullNameText, isNamed, type NamedSchema } from "../src/avro/model.ts";
import { namedTypesOf, parseSchema } from "../src/avro/parse-schema.ts";
import { isJsonObject } from "../src/kernel/json.ts";
import { groupFiles, type PendingFile, type Problem, refusal, type SchemaFile } from "./group-files.ts";

export interface LoadedFile {
  readonly path: string;
  /** N of `vN.avsc`; null for any other name. */
  readonly version: number | null;
  readonly schema: AvroSchema;
}

export interface SchemaUnit {
  /** Path of the module, without extension: the file's own, or its folder's when the file is `vN.avsc`. */
  readonly key: string;
  readonly newest: LoadedFile;
  /** Oldest first. */
  readonly earlier: readonly LoadedFile[];
  /** The types that the newest file defines, and no file that it refers to. */
  readonly types: readonly NamedSchema[];
}

/**
 * The units in the order of their keys. Files that do not end in `.avsc` are passed over.
 * @throws {AvroError} `not-json` or `invalid-schema`: the message has a line for each file that is wrong, with its path.
 */
export function loadSchemaFolder(files: readonly SchemaFile[]): SchemaUnit[] {
  const problems: Problem[] = [];
  const groups = groupFiles(files, problems);
  const newest = groups.map(({ key, files: [first] }) => ({ key, file: first }));
  const loader = new FolderLoader(problems);
  const loaded = loader.load(newest.map(({ file }) => file));
  const units = groups.flatMap(({ key, files: [first, ...rest] }): SchemaUnit[] => {
    const earlier = rest.reverse().flatMap((file) => loader.loadEarlier(file, first) ?? []);
    const found = loaded.get(first);
    return found === undefined ? [] : [{ key, newest: found.loaded, earlier, types: found.types }];
  });
  if (problems.length > 0) throw describeProblems(problems);
  return units;
}

interface Found {
  readonly loaded: LoadedFile;
  readonly types: readonly NamedSchema[];
}

class FolderLoader {
  private readonly problems: Problem[];
  /** Types of the newest versions, by full name: the first file by path counts. */
  private readonly defined = new Map<string, NamedSchema>();
  private readonly owned = new Set<NamedSchema>();
  /** Full name of a file's own type to its path. */
  private readonly roots = new Map<string, string>();

  constructor(problems: Problem[]) {
    this.problems = problems;
  }

  /** Goes over the files until none is left or none gets further. */
  load(files: readonly PendingFile[]): Map<PendingFile, Found> {
    const found = new Map<PendingFile, Found>();
    let pending = files.flatMap((file) => {
      const json = this.attempt(file, () => parseFile(file));
      return json === undefined ? [] : [{ file, json: json.value }];
    });
    for (;;) {
      const blocked: Blocked[] = [];
      for (const { file, json } of pending) {
        const result = this.parse(json);
        if (result.kind === "parsed") {
          this.claimRoot(file, result.schema);
          found.set(file, {
            loaded: { path: file.path, version: file.version, schema: result.schema },
            types: this.own(result.schema),
          });
        } else if (result.error.details.unknownNames !== undefined) {
          blocked.push({ file, json, error: result.error });
        } else {
          this.problems.push({ path: file.path, error: result.error });
        }
      }
      if (blocked.length === 0) return found;
      if (blocked.length === pending.length) {
        this.problems.push(...describeBlocked(blocked));
        return found;
      }
      pending = blocked;
    }
  }

  /** An earlier version stands for itself: what it defines is not known to other files. */
  loadEarlier(file: PendingFile, newest: PendingFile): LoadedFile | undefined {
    if (file.version === newest.version) {
      const reason = `version ${file.version} is there twice`;
      this.problems.push({
        path: file.path,
        error: new AvroError("invalid-schema", reason, { details: { reason } }),
      });
      return undefined;
    }
    const json = this.attempt(file, () => parseFile(file));
    if (json === undefined) return undefined;
    const result = this.parse(json.value);
    if (result.kind === "parsed") return { path: file.path, version: file.version, schema: result.schema };
    this.problems.push({ path: file.path, error: result.error });
    return undefined;
  }

  /** A full name means one type: two files that are named alike would be two. */
  private claimRoot({ path }: PendingFile, schema: AvroSchema): void {
    if (!isNamed(schema) || this.owned.has(schema)) return;
    const name = fullNameText(schema.fullName);
    const other = this.roots.get(name);
    if (other === undefined) this.roots.set(name, path);
    else this.problems.push({ path, error: refusal(`${name} is what ${other} defines already`) });
  }

  private own(schema: AvroSchema): NamedSchema[] {
    const types = namedTypesOf(schema).filter((type) => !this.owned.has(type));
    for (const type of types) {
      this.owned.add(type);
      const name = fullNameText(type.fullName);
      if (!this.defined.has(name)) this.defined.set(name, type);
    }
    return types;
  }

  /** Adds the type of another file for each name that this one does not define. */
  private parse(
    json: unknown,
  ):
    | { readonly kind: "parsed"; readonly schema: AvroSchema }
    | { readonly kind: "refused"; readonly error: AvroError } {
    const references = new Set<NamedSchema>();
    for (;;) {
      try {
        const schema = parseSchema(json, { references: [...references] });
        const error = findUnheldField(namedTypesOf(schema));
        return error === null ? { kind: "parsed", schema } : { kind: "refused", error };
      } catch (error) {
        if (!(error instanceof AvroError)) throw error;
        const names = (error.details.unknownNames ?? []) as readonly string[];
        const type = names.map((name) => this.defined.get(name)).find((candidate) => candidate !== undefined);
        if (type === undefined || references.has(type)) return { kind: "refused", error };
        references.add(type);
      }
    }
  }

  private attempt<T>(file: PendingFile, action: () => T): { readonly value: T } | undefined {
    try {
      return { value: action() };
    } catch (error) {
      if (!(error instanceof AvroError)) throw error;
      this.problems.push({ path: file.path, error });
      return undefined;
    }
  }
}

const maxDepth = 2000;

/** Everything that walks a schema does so on the stack, whose end no one should meet. */
function parseFile({ text }: PendingFile): unknown {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charAt(index);
    if (isText) {
      if (unit === "\\") index += 1;
      else if (unit === '"') isText = false;
    } else if (unit === '"') {
      isText = true;
    } else if (unit === "{" || unit === "[") {
      depth += 1;
      if (depth > maxDepth) throw refusal(`objects and arrays nested more than ${maxDepth} deep`);
    } else if (unit === "}" || unit === "]") {
      depth -= 1;
    }
  }
  return parseJsonText(text);
}

interface Blocked {
  readonly file: PendingFile;
  readonly json: unknown;
  readonly error: AvroError;
}

/** Files that wait for each other in a circle are told so; the others name what nobody defines. */
function describeBlocked(blocked: readonly Blocked[]): Problem[] {
  const definers = new Map<string, Blocked>();
  for (const each of blocked) for (const name of definedNames(each.json)) definers.set(name, each);
  const next = (each: Blocked): Blocked | undefined =>
    ((each.error.details.unknownNames ?? []) as readonly string[])
      .map((name) => definers.get(name))
      .find((candidate) => candidate !== undefined);
  return blocked.map((each) => {
    const way: Blocked[] = [each];
    for (let at = next(each); at !== undefined; at = next(at)) {
      const start = way.indexOf(at);
      way.push(at);
      if (start === -1) continue;
      const circle = way.slice(start).map(({ file }) => file.path);
      return {
        path: each.file.path,
        error: refusal(`a circle of references: ${circle.join(" -> ")}; put these types into one file`),
      };
    }
    return { path: each.file.path, error: each.error };
  });
}

/** Full names of the types that a file which cannot be parsed yet would define. */
function definedNames(json: unknown, enclosing = ""): string[] {
  if (Array.isArray(json)) return json.flatMap((item) => definedNames(item, enclosing));
  if (!isJsonObject(json)) return [];
  const { name, type } = json;
  if (typeof name !== "string" || !["record", "error", "enum", "fixed"].includes(String(type))) {
    return [json.type, json.items, json.values].flatMap((part) => definedNames(part, enclosing));
  }
  const dot = name.lastIndexOf(".");
  const space =
    dot !== -1 ? name.slice(0, dot) : typeof json.namespace === "string" ? json.namespace : enclosing;
  return [
    space === "" ? name : `${space}.${name.slice(dot + 1)}`,
    ...(Array.isArray(json.fields) ? json.fields : []).flatMap((field: unknown) =>
      isJsonObject(field) ? definedNames(field.type, space) : [],
    ),
  ];
}

function describeProblems(problems: readonly Problem[]): AvroError {
  const lines = problems.map(({ path, error }) => {
    const { line, column, reason } = error.details;
    return error.code === "not-json"
      ? `${path}:${line}:${column}: not JSON: ${reason}`
      : `${path}: ${error.message}`;
  });
  const [first] = problems;
  return new AvroError(first?.error.code ?? "invalid-schema", lines.join("\n"), {
    details: {
      problems: problems.map(({ path, error }) => ({ file: path, code: error.code, ...error.details })),
    },
  });
}
