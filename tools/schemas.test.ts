import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { checkChangeset } from "../src/changeset/check.ts";
import { lintChangeset } from "../src/changeset/lint.ts";
import { openChangeset } from "../src/changeset/model.ts";
import { parseSubjectName, parseTopicName } from "../src/kernel/brand.ts";

const folder = fileURLToPath(new URL("../schemas", import.meta.url));

describe("the schemas of this repository", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:avsc|json)$/.test(path))
    .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join(folder, path), "utf8") }));
  const changeset = openChangeset(files, "schemas");

  test("are those of lock.json, verdicts included, and keep the levels of their subjects", () => {
    expect(checkChangeset(changeset, { recomputes: true })).toEqual([]);
  });

  test("have no lint that is an error", () => {
    const entries = lintChangeset(changeset, { rules: new Map(), fieldNames: "snake_case" });
    expect(entries.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("are filed under the subjects of their topics", () => {
    for (const { subject, topic } of changeset.subjects) {
      expect(parseSubjectName(subject)).toBe(`${parseTopicName(topic)}-value`);
    }
  });
});
