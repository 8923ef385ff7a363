import { describe, expect, test } from "@jest/globals";
import {
  compareSubjects,
  matchesPrefix,
  parseQualifiedSubject,
  qualify,
  qualifyBeside,
  resolveContextPath,
} from "./context.ts";

describe("a subject's name", () => {
  test.each([
    ["s", ".", "s", "s"],
    [":.:s", ".", "s", "s"],
    [":.ctx:s", ".ctx", "s", ":.ctx:s"],
    [":.ctx:", ".ctx", "", ":.ctx:"],
    [":.ctx", ".ctx", "", ":.ctx:"],
    [":.ctx:a:b", ".ctx", "a:b", ":.ctx:a:b"],
    ["a:.ctx:s", ".", "a:.ctx:s", "a:.ctx:s"],
    [":s", ".", ":s", ":s"],
  ])("%j is in %j, called %j, and spelt %j", (text, context, name, spelt) => {
    expect(parseQualifiedSubject(text)).toEqual({ context, name });
    expect(qualify(parseQualifiedSubject(text))).toBe(spelt);
  });

  test("stands for one in the same context, unless it says otherwise", () => {
    expect(qualifyBeside("a", "b")).toBe("b");
    expect(qualifyBeside(":.ctx:a", "b")).toBe(":.ctx:b");
    expect(qualifyBeside(":.ctx:a", ":.other:b")).toBe(":.other:b");
  });

  test("sorts by context first, the default one before all", () => {
    expect([":.b:a", "z", ":.a:z", "a", ":.a:b"].sort(compareSubjects)).toEqual([
      "a",
      "z",
      ":.a:b",
      ":.a:z",
      ":.b:a",
    ]);
  });
});

test.each([
  ["", "s", true],
  ["", ":.ctx:s", false],
  ["s", "s1", true],
  ["s", ":.ctx:s1", false],
  [":.ctx:", ":.ctx:s", true],
  [":.ctx:", "s", false],
  [":.ctx:s", ":.ctx:s1", true],
  [":.ctx:s", ":.ctx:t", false],
  [":.ct", ":.ctx:s", false],
  [":*:", ":.ctx:s", true],
  [":*:s", ":.ctx:s1", true],
  [":*:s", "s1", true],
  [":*:s", "t", false],
])("prefix %j on subject %j: %j", (prefix, subject, matches) => {
  expect(matchesPrefix(prefix, subject)).toBe(matches);
});

describe("a path below /contexts", () => {
  const resolve = (target: string) => {
    const [rawPath = "", rawQuery] = target.split("?", 2);
    const { path, query } = resolveContextPath({ path: rawPath, query: new URLSearchParams(rawQuery) });
    return decodeURIComponent(path) + (query.size === 0 ? "" : `?${decodeURIComponent(query.toString())}`);
  };

  test.each([
    ["/subjects/s/versions", "/subjects/s/versions"],
    ["/contexts", "/contexts"],
    ["/contexts/.ctx", "/contexts/.ctx"],
    ["/contexts/.ctx/subjects/s/versions/1", "/subjects/:.ctx:s/versions/1"],
    ["/contexts/ctx/subjects/s", "/subjects/:.ctx:s"],
    ["/contexts/:.ctx:/subjects/s", "/subjects/:.ctx:s"],
    ["/contexts/./subjects/s", "/subjects/s"],
    ["/contexts/.ctx/subjects/:.other:s", "/subjects/:.other:s"],
    ["/contexts/.ctx/subjects/subjects", "/subjects/:.ctx:subjects"],
    ["/contexts/.ctx/compatibility/subjects/s/versions", "/compatibility/subjects/:.ctx:s/versions"],
    ["/contexts/.ctx/config", "/config/:.ctx:"],
    ["/contexts/.ctx/config/", "/config/:.ctx:"],
    ["/contexts/.ctx/config/s", "/config/:.ctx:s"],
    ["/contexts/.ctx/mode/s?force=true", "/mode/:.ctx:s?force=true"],
    ["/contexts/./mode", "/mode"],
    ["/contexts/.ctx/subjects", "/subjects?subjectPrefix=:.ctx:"],
    ["/contexts/.ctx/subjects?deleted=true", "/subjects?deleted=true&subjectPrefix=:.ctx:"],
    ["/contexts/.ctx/schemas?subjectPrefix=a", "/schemas?subjectPrefix=:.ctx:a"],
    ["/contexts/.ctx/schemas?subjectPrefix=:*:a", "/schemas?subjectPrefix=:*:a"],
    ["/contexts/.ctx/schemas/ids/1", "/schemas/ids/1?subject=:.ctx:"],
    ["/contexts/.ctx/schemas/ids/1/versions?subject=s", "/schemas/ids/1/versions?subject=:.ctx:s"],
    ["/contexts/.ctx/schemas/types", "/schemas/types"],
  ])("%s asks for %s", (asked, meant) => {
    expect(resolve(asked)).toBe(meant);
  });

  test("keeps what is percent-encoded in a subject", () => {
    const { path } = resolveContextPath({
      path: "/contexts/.ctx/subjects/a%2Fb",
      query: new URLSearchParams(),
    });
    expect(path).toBe("/subjects/%3A.ctx%3Aa%2Fb");
  });

  test("is refused where the context has a colon in it", () => {
    expect(() => resolve("/contexts/.a:b/subjects")).toThrow(
      expect.objectContaining({ errorCode: 400, message: "Context name cannot contain a colon" }),
    );
  });
});
