/**
 * A value as the text of one place: what `json` prints, without the quotes of a text. Lists, maps and records are JSON.
 */
import { createJsonPrinter, type Print } from "./json-printer.ts";
import { plainJson } from "./json-styles.ts";
import type { Shape } from "./schema-shape.ts";
import { createBranchPicker } from "./union.ts";

export interface PlainText {
  readonly text: string;
  /** True for what others wrote: strings and what holds them. False for numbers, booleans, times and bytes. */
  readonly isText: boolean;
}

export type PrintPlain = (value: unknown) => PlainText | null;

/** null is printed as null. Throws RenderError `value-mismatch` for a value that is not of the shape. */
export function createPlainPrinter(shape: Shape): PrintPlain {
  const print = compilePresent(shape);
  return (value) => (value === null || value === undefined ? null : print(value));
}

function compilePresent(shape: Shape): PrintPlain {
  switch (shape.kind) {
    case "string":
    case "enum": {
      const json = createJsonPrinter(shape, plainJson);
      return (value) => ({ text: typeof value === "string" ? value : json(value), isText: true });
    }
    case "record":
    case "array":
    case "map": {
      const json = createJsonPrinter(shape, plainJson);
      return (value) => ({ text: json(value), isText: true });
    }
    case "union": {
      const prints = shape.branches.map(createPlainPrinter);
      const json = createJsonPrinter(shape, plainJson);
      const pick = createBranchPicker(shape);
      return (value) => {
        const picked = pick(value);
        // No branch can hold it: the printer of JSON says so.
        if (picked === null) return { text: json(value), isText: true };
        return prints[picked.index]?.(picked.value) ?? null;
      };
    }
    default: {
      const json = createJsonPrinter(shape, plainJson);
      return (value) => ({ text: withoutQuotes(json, value), isText: false });
    }
  }
}

/** Of ISO 8601, base64, digits and the like: nothing in them is escaped. */
function withoutQuotes(json: Print, value: unknown): string {
  const text = json(value);
  return text.startsWith('"') ? text.slice(1, -1) : text;
}
