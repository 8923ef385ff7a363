/**
 * Joins a post with what X sent along. Spec: X API v2, `includes`: pools without duplicates, each of which may be missing.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";
import type { PartReader } from "./part-reader.ts";

/** The element of a pool that has `value` under `key`. */
export function findIncluded(
  includes: JsonObject,
  pool: string,
  key: string,
  value: string,
  reader: PartReader,
): JsonObject | null {
  const elements = includes[pool];
  if (!Array.isArray(elements)) {
    return elements === undefined || elements === null ? null : reader.leaveOut(`/includes/${pool}`);
  }
  for (const element of elements) if (isJsonObject(element) && element[key] === value) return element;
  return null;
}
