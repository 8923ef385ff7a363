/**
 * Guards for JSON that came from outside.
 */
export type JsonObject = { readonly [key: string]: unknown };

/** An object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True when UTF-8 can carry the text as it is: no lone surrogate (JSON allows `"\\ud800"`, UTF-8 does not). */
export function isWellFormedText(text: string): boolean {
  return text.isWellFormed();
}
