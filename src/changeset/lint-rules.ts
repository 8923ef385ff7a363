/**
 * The lint rules that look at one schema alone.
 */
import { branchOfDefault, isUsableDefault } from "../avro/default-value.ts";
import { type AvroSchema, branchName, isNamed, type NamedSchema, type RecordField } from "../avro/model.ts";
import { childPointer } from "../avro/pointer.ts";
import { bucketOfType, isWrappedUnion } from "../avro/union-shape.ts";
import type { FieldNameStyle, LintRule } from "../config/lint.ts";
import { type CompatibilityLevel, directionsOf } from "../evolution/levels.ts";

export interface Complaint {
  readonly rule: LintRule;
  /** JSON pointer in the file. */
  readonly path: string;
  readonly message: string;
}

export interface LintFacts {
  /** Types of other files. */
  readonly foreign: ReadonlySet<NamedSchema>;
  readonly fieldNames: FieldNameStyle;
  /** Of the subjects that the record is filed under. */
  readonly levels: readonly CompatibilityLevel[];
}

const fieldStyles: Readonly<Record<Exclude<FieldNameStyle, "any">, RegExp>> = {
  snake_case: /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/,
  camelCase: /^[a-z][a-zA-Z0-9]*$/,
};
const pascalCase = /^[A-Z][a-zA-Z0-9]*$/;

export function lintSchema(schema: AvroSchema, facts: LintFacts): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const seen = new Set<NamedSchema>(facts.foreign);
  const visit = (type: AvroSchema, path: string): void => {
    if (isNamed(type)) {
      if (seen.has(type)) return;
      seen.add(type);
      complaints.push(...lintNamed(type, path, facts));
    }
    switch (type.kind) {
      case "record":
        for (const [index, field] of type.fields.entries()) {
          const at = childPointer(childPointer(path, "fields"), index);
          complaints.push(...lintField(field, at, facts));
          visit(field.type, childPointer(at, "type"));
        }
        break;
      case "array":
        visit(type.items, childPointer(path, "items"));
        break;
      case "map":
        visit(type.values, childPointer(path, "values"));
        break;
      case "union":
        complaints.push(...lintUnion(type.branches, isWrappedUnion(type), path));
        for (const [index, branch] of type.branches.entries()) visit(branch, childPointer(path, index));
        break;
      default:
    }
  };
  visit(schema, "");
  return complaints;
}

function* lintNamed(type: NamedSchema, path: string, { levels }: LintFacts): Iterable<Complaint> {
  const { name } = type.fullName;
  if (!pascalCase.test(name)) {
    const message = `the ${type.kind} ${name} is not named in PascalCase; the name is part of what readers compare, so settle it before the first release`;
    yield { rule: "type-name", path: childPointer(path, "name"), message };
  }
  if (isBlank(type.doc)) {
    yield { rule: "doc-missing", path, message: `the ${type.kind} ${name} has no doc` };
  }
  const isReadByOlder = levels.some((level) => directionsOf(level).includes("earlier-reads-proposed"));
  if (type.kind === "enum" && type.default === undefined && isReadByOlder) {
    const message = `the enum ${name} has no default: a later version cannot add a symbol, since readers of this one would refuse it`;
    yield { rule: "default-missing", path, message };
  }
}

function* lintField(field: RecordField, path: string, { fieldNames }: LintFacts): Iterable<Complaint> {
  if (fieldNames !== "any" && !fieldStyles[fieldNames].test(field.name)) {
    const message = `the field ${field.name} is not named in ${fieldNames}`;
    yield { rule: "field-name", path: childPointer(path, "name"), message };
  }
  if (isBlank(field.doc)) {
    yield { rule: "doc-missing", path, message: `the field ${field.name} has no doc` };
  }
  const { type } = field;
  if (field.default === undefined) {
    if (type.kind === "union" && type.branches.some(({ kind }) => kind === "null")) {
      const message = `the field ${field.name} may be null but has no default: a reader fails on records without it; put "null" first and "default": null`;
      yield { rule: "default-missing", path, message };
    }
    return;
  }
  const at = childPointer(path, "default");
  if (!isUsableDefault(type, field.default)) {
    const message = `the default of ${field.name} is no value of its type: registries take it, but no reader can fill it in`;
    yield { rule: "default-wrong", path: at, message };
  } else if (type.kind === "union" && branchOfDefault(type.branches, field.default) > 0) {
    const message = `the default of ${field.name} is not a value of the union's first branch, as Avro wants it: put the branch of the default first`;
    yield { rule: "default-wrong", path: at, message };
  }
}

function* lintUnion(branches: readonly AvroSchema[], isWrapped: boolean, path: string): Iterable<Complaint> {
  if (!isWrapped) return;
  const buckets = branches.map(bucketOfType);
  const alike = branches.filter(
    (_, index) => buckets.filter((bucket) => bucket === buckets[index]).length > 1,
  );
  const names = alike.map(branchName).join(", ");
  const message = `a value does not tell which of ${names} it is: in JavaScript every value of this union is wrapped, {"${alike[0] === undefined ? "" : branchName(alike[0])}": ...}`;
  yield { rule: "ambiguous-union", path, message };
}

function isBlank(doc: string | undefined): boolean {
  return doc === undefined || doc.trim() === "";
}
