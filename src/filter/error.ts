/**
 * What can be wrong with a filter.
 */
import { BirdwireError } from "../kernel/error.ts";

/** `details.text` is the expression, `details.position` where in it, counted from 1 in UTF-16 units. */
export type FilterErrorCode = "invalid-filter";

export class FilterError extends BirdwireError<FilterErrorCode> {}

/** `at` counts from 0. */
export function failAt(text: string, at: number, message: string): never {
  throw new FilterError("invalid-filter", `the filter cannot be used: ${message}`, {
    details: { text, position: at + 1 },
  });
}
