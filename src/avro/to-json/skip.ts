/**
 * Passing over what only the writer has (Avro specification, "Schema Resolution"): as avsc does, texts unread and
 * blocks by their size where it is given.
 */
import type { AvroSchema } from "../model.ts";
import { BytesFault, type Cursor, readExactLong, readText, skipBlocks } from "../tap.ts";

export type Skip = (tap: Cursor) => void;

/** Throws BytesFault for what no writer makes; past the end of the bytes it leaves `pos` there. */
export function compileSkip(schema: AvroSchema, known = new Map<AvroSchema, Skip>()): Skip {
  const done = known.get(schema);
  if (done !== undefined) return done;
  switch (schema.kind) {
    case "null":
      return () => {};
    case "boolean":
      return skipBytes(1);
    case "int":
    case "long":
    case "enum":
      return (tap) => {
        readExactLong(tap);
      };
    case "float":
      return skipBytes(4);
    case "double":
      return skipBytes(8);
    case "bytes":
    case "string":
      return skipText;
    case "fixed":
      return skipBytes(schema.size);
    case "array": {
      const items = compileSkip(schema.items, known);
      return (tap) => skipBlocks(tap, items);
    }
    case "map": {
      const values = compileSkip(schema.values, known);
      return (tap) =>
        skipBlocks(tap, (at) => {
          // Only a map's keys are looked at.
          readText(at);
          values(at);
        });
    }
    case "union": {
      const branches = schema.branches.map((branch) => compileSkip(branch, known));
      return (tap) => {
        const branch = branches[readExactLong(tap)];
        if (branch === undefined) throw new BytesFault("a union's index beyond its branches");
        branch(tap);
      };
    }
    case "record": {
      const fields: Skip[] = [];
      const skip: Skip = (tap) => {
        for (const field of fields) field(tap);
      };
      // Known before its fields are compiled, since they may hold the same record.
      known.set(schema, skip);
      for (const { type } of schema.fields) fields.push(compileSkip(type, known));
      return skip;
    }
  }
}

const skipBytes =
  (count: number): Skip =>
  (tap) => {
    tap.pos += count;
  };

const skipText = (tap: Cursor): void => {
  const length = readExactLong(tap);
  if (length < 0) throw new BytesFault("a text of negative length");
  tap.pos += length;
};
