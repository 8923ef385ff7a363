import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { printReport, type ReportEntry, type ReportFormat, reportFormats } from "./report.ts";
import { faultsOfSarif } from "./testing/sarif-faults.ts";

const facts = { checked: ["user-value (user/v2.avsc)"], toolVersion: "1.2.3" };
const mismatch: ReportEntry = {
  severity: "error",
  rule: "TYPE_MISMATCH",
  file: "schemas/user/v2.avsc",
  line: 12,
  column: 5,
  path: "/fields/1/type",
  subject: "user-value",
  message: 'a string was written, and "100%" of it\nis lost | <b>',
};
const noDoc: ReportEntry = {
  severity: "warning",
  rule: "doc-missing",
  file: "schemas/a,b:c/v1.avsc",
  line: 1,
  column: 1,
  path: "",
  subject: null,
  message: "no doc",
};

const print = (format: ReportFormat, entries: readonly ReportEntry[] = [mismatch, noDoc]) =>
  printReport(entries, format, facts);

describe("a report", () => {
  test("is for people a line each, by file and place, and a summary", () => {
    expect(print("text", [mismatch, { ...mismatch, line: 2, message: "earlier" }, noDoc])).toBe(
      [
        "schemas/a,b:c/v1.avsc:1:1: warning doc-missing: no doc",
        "schemas/user/v2.avsc:2:5: error TYPE_MISMATCH: earlier [user-value]",
        'schemas/user/v2.avsc:12:5: error TYPE_MISMATCH: a string was written, and "100%" of it\nis lost | <b> [user-value]',
        "1 checked: 2 errors, 1 warning",
        "",
      ].join("\n"),
    );
    expect(print("text", [])).toBe("1 checked: nothing found\n");
  });

  test("is for programs one JSON value", () => {
    expect(JSON.parse(print("json"))).toEqual({
      errors: 1,
      warnings: 1,
      notes: 0,
      checked: facts.checked,
      entries: [noDoc, mismatch],
    });
  });

  test("is for GitHub a workflow command each, of which no part can break out", () => {
    expect(print("github")).toBe(
      [
        "::warning file=schemas/a%2Cb%3Ac/v1.avsc,line=1,col=1,title=doc-missing::no doc",
        '::error file=schemas/user/v2.avsc,line=12,col=5,title=TYPE_MISMATCH in user-value::a string was written, and "100%25" of it%0Ais lost | <b>',
        "",
      ].join("\n"),
    );
    expect(print("github", [])).toBe("");
    expect(print("github", [{ ...noDoc, severity: "info" }])).toMatch(/^::notice /);
  });

  test("is in Markdown a table, in which no text is markup", () => {
    expect(print("markdown")).toContain(
      '| error | schemas/user/v2.avsc:12 | TYPE\\_MISMATCH | user-value | a string was written, and "100%" of it<br>is lost \\| &lt;b> |\n',
    );
    expect(print("markdown", [])).toBe("**1 checked: nothing found**\n");
  });

  test("is in SARIF 2.1.0 one run with its rules and results", () => {
    const log = JSON.parse(print("sarif"));
    expect(log).toMatchObject({ version: "2.1.0", $schema: expect.stringContaining("sarif-2.1.0") });
    const [{ tool, results }] = log.runs;
    expect(tool.driver).toEqual({
      name: "birdwire",
      version: "1.2.3",
      rules: [{ id: "TYPE_MISMATCH" }, { id: "doc-missing" }],
    });
    expect(faultsOfSarif(log)).toEqual([]);
    for (const { locations } of results) {
      const { uri } = locations[0].physicalLocation.artifactLocation;
      expect(new URL(uri, "file:///root/").pathname).toMatch(/^\/root\//);
    }
    expect(results[1].locations[0].physicalLocation.region).toEqual({ startLine: 12, startColumn: 5 });
    expect(JSON.parse(print("sarif", [])).runs[0].results).toEqual([]);
  });

  test("is in JUnit a case for each finding, and a failure for each error", () => {
    const xml = print("junit");
    expect(elementsOf(xml)).toEqual([
      "testsuites",
      "testsuite",
      "testcase",
      "testsuite",
      "testcase",
      "system-out",
      "testsuite",
      "testcase",
      "failure",
    ]);
    expect(xml).toContain('<testsuites name="birdwire schemas" tests="3" failures="1" errors="0">');
    expect(xml).toContain('file="schemas/user/v2.avsc" line="12"');
  });

  test("keeps its form whatever the texts hold", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("]]>", "<!--", "&amp;", '"', "\u0000\ud800", "::error::", "| a |", "\n::set-output::x"),
    );
    fc.assert(
      fc.property(text, text, text, (message, rule, file) => {
        const entries = [{ ...mismatch, message, rule, file: `schemas/${file}` }];
        for (const format of reportFormats) {
          const printed = printReport(entries, format, facts);
          if (format === "json") JSON.parse(printed);
          if (format === "sarif") expect(faultsOfSarif(JSON.parse(printed))).toEqual([]);
          if (format === "junit") expect(elementsOf(printed)).toHaveLength(6);
          if (format === "github") expect(printed.trimEnd().split(/\r?\n|\r/)).toHaveLength(1);
          if (format === "markdown") expect(printed.trimEnd().split(/\r?\n|\r/)).toHaveLength(5);
        }
      }),
    );
  });
});

/** The elements of a well-formed XML text in the order of their start; throws for any other text. */
function elementsOf(xml: string): string[] {
  const token =
    /<\?xml version="1\.0" encoding="UTF-8"\?>|<(?<close>\/)?(?<name>[a-z-]+)(?: [a-z]+="(?:[^<&"\u0000-\u001f]|&(?:amp|lt|gt|quot|#\d+);)*")*(?<empty>\/)?>|(?:[^<&>\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff]|&(?:amp|lt|gt|quot);)+/uy;
  const open: (string | undefined)[] = [];
  const names: string[] = [];
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const groups = token.exec(xml)?.groups;
    if (token.lastIndex === 0) throw new Error(`not XML at ${JSON.stringify(xml.slice(at, at + 60))}`);
    if (groups?.name === undefined) continue;
    if (groups.close !== undefined) {
      if (open.pop() !== groups.name) throw new Error(`</${groups.name}> closes another element`);
    } else {
      names.push(groups.name);
      if (groups.empty === undefined) open.push(groups.name);
    }
  }
  if (open.length > 0) throw new Error(`${open.join()} is not closed`);
  return names;
}
