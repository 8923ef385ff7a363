/**
 * Golden files of this room: `UPDATE_GOLDEN=1` writes them anew, except spark-*.golden, which only Spark writes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";

function urlOf(name: string): URL {
  return new URL(`../cases/${name}.golden`, import.meta.url);
}

/** Expects `text` to be the golden file `name`, byte for byte. */
export function expectGolden(name: string, text: string): void {
  if (process.env.UPDATE_GOLDEN === "1" && !name.startsWith("spark-")) writeFileSync(urlOf(name), text);
  expect(text).toBe(readFileSync(urlOf(name), "utf8"));
}
