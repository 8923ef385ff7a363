/**
 * How deep values may nest that are read: who takes them goes through them by recursion, as far as the stack reaches,
 * and a record of few bytes could nest deeper. Only types that hold themselves can.
 */
import type { AvroSchema } from "./model.ts";

/** Of records, lists, maps and wrapped values of unions in one another. */
export const deepestValue = 1000;

/** Whether a value of the schema nests deeper; null where none can. */
export function compileDepthCheck(schema: AvroSchema): ((value: unknown) => boolean) | null {
  return holdsItself(schema, new Set()) ? (value) => isDeeper(value, deepestValue) : null;
}

function holdsItself(
  schema: AvroSchema,
  around: ReadonlySet<AvroSchema>,
  done = new Set<AvroSchema>(),
): boolean {
  switch (schema.kind) {
    case "array":
      return holdsItself(schema.items, around, done);
    case "map":
      return holdsItself(schema.values, around, done);
    case "union":
      return schema.branches.some((branch) => holdsItself(branch, around, done));
    case "record": {
      if (around.has(schema)) return true;
      if (done.has(schema)) return false;
      done.add(schema);
      const inside = new Set([...around, schema]);
      return schema.fields.some(({ type }) => holdsItself(type, inside, done));
    }
    default:
      return false;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return false;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return levels === 0 || parts.some((part) => isDeeper(part, levels - 1));
}
