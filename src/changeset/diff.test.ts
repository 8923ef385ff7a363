import { describe, expect, test } from "@jest/globals";
import { parseSchemaText } from "../avro/parse-schema.ts";
import { createDiff, type DiffSide, printDiff } from "./diff.ts";
import { recordFile } from "./testing/schema-files.ts";

function side(name: string, fields: readonly object[]): DiffSide {
  const { text } = recordFile(name, "User", fields);
  return { name, file: `schemas/${name}.avsc`, text, schema: parseSchemaText(text) };
}

const id = { name: "id", type: "long" };
const older = side("user/v1", [id]);
const newer = side("user/v2", [id, { name: "email", type: "string" }]);
const diff = createDiff(older, newer);

describe("a diff", () => {
  test("has each change at its place in the newer text, and who reads whom", () => {
    expect(printDiff(diff, "text", "1")).toBe(
      [
        'schemas/user/v2.avsc:10:5: added: the field "email" was added, string, without a default',
        "user/v2 cannot read what user/v1 wrote",
        '  READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1: the writer has no field "email", and the reader has no default for it; give it a default, or an alias if it was renamed',
        "user/v1 reads what user/v2 wrote",
        "",
      ].join("\n"),
    );
  });

  test("is JSON for programs", () => {
    expect(JSON.parse(printDiff(diff, "json", "1"))).toMatchObject({
      older: { name: "user/v1" },
      newer: { name: "user/v2", file: "schemas/user/v2.avsc" },
      changes: [{ kind: "added", path: "/fields/1", olderPath: null, line: 10, column: 5 }],
      newerReadsOlder: { compatible: false, findings: [{ rule: "READER_FIELD_MISSING_DEFAULT_VALUE" }] },
      olderReadsNewer: { compatible: true, findings: [] },
    });
  });

  test("is a table in Markdown", () => {
    expect(printDiff(diff, "markdown", "1")).toContain(
      '| added | schemas/user/v2.avsc:10 | the field "email" was added, string, without a default |\n\n- user/v2 cannot read',
    );
  });

  test("is a notice for each change in a workflow", () => {
    expect(printDiff(diff, "github", "1")).toMatch(
      /^::notice file=schemas\/user\/v2\.avsc,line=10,col=5,title=added::[^\n]+\n$/,
    );
  });

  test("says so when nothing changed", () => {
    const same = createDiff(older, older);
    expect(printDiff(same, "text", "1")).toMatch(/^nothing changed from user\/v1 to user\/v1\n/);
    expect(printDiff(same, "markdown", "1")).toContain("Nothing changed.");
    expect(printDiff(same, "github", "1")).toBe("");
  });
});
