/**
 * Which branch of a union a decoded value belongs to: values come bare, or as `{branch name: value}` where two
 * branches look alike in JavaScript (avsc's automatic wrapping).
 */
import { branchName, type Shape } from "./schema-shape.ts";

type UnionShape = Extract<Shape, { kind: "union" }>;

export interface PickedBranch {
  /** Position in the union's branches. */
  readonly index: number;
  /** The value without its wrapping. */
  readonly value: unknown;
}

/** True when a bare JavaScript value can be one of this kind. */
function fits(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "int":
    case "long":
      return typeof value === "bigint" || Number.isInteger(value);
    case "float":
    case "double":
      return typeof value === "number";
    case "string":
    case "enum":
      return typeof value === "string";
    case "bytes":
    case "fixed":
      return Buffer.isBuffer(value);
    case "array":
      return Array.isArray(value);
    case "record":
    case "map":
      return typeof value === "object" && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
    case "union":
      return false;
  }
}

/** A function from a value to its branch; null when no branch can hold it. */
export function createBranchPicker(union: UnionShape): (value: unknown) => PickedBranch | null {
  const { branches, wrapped } = union;
  const indexOfName = new Map(branches.map((branch, index) => [branchName(branch), index]));
  return (value) => {
    if (wrapped && typeof value === "object" && value !== null) {
      const [name, ...others] = Object.keys(value);
      const index = name === undefined || others.length > 0 ? undefined : indexOfName.get(name);
      if (index !== undefined) return { index, value: (value as Record<string, unknown>)[name ?? ""] };
    }
    const index = branches.findIndex((branch) => fits(branch, value));
    return index === -1 ? null : { index, value };
  };
}
