/**
 * JSON text to value without losing a digit (RFC 8259, section 6: a number may have more of them than a double holds).
 */
import { AvroError } from "./error.ts";
import { findJsonFault } from "./json-text.ts";

/** A number whose digits a double would change, as it was written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Up to fifteen digits a double keeps; a text that only looks like a number costs a slower parse and nothing else. */
const manyDigits = /[0-9][0-9.]{15}/;

/**
 * As JSON.parse does, with an ExactNumber where a number would lose digits.
 * @throws {AvroError} `not-json`, with `column` from 1 in `details`.
 */
export function parseExactJson(text: string): unknown {
  try {
    return manyDigits.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (cause) {
    const fault = findJsonFault(text) ?? { offset: text.length, reason: "the text is not JSON" };
    const column = fault.offset + 1;
    throw new AvroError("not-json", `not JSON at column ${column}: ${fault.reason}`, {
      details: { column, reason: fault.reason },
      cause,
    });
  }
}

/** TypeScript's library does not know of the third argument yet (ECMAScript, "JSON.parse source text access"). */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  const isKept = Number.isInteger(value) ? Number.isSafeInteger(value) : String(value) === context.source;
  return isKept || !manyDigits.test(context.source) ? value : new ExactNumber(context.source);
}
