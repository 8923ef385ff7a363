import { describe, expect, test } from "@jest/globals";
import { lintRules, parseLintSettings } from "../config/lint.ts";
import { defaultSeverities, lintChangeset } from "./lint.ts";
import { openChangeset, type SchemaFile } from "./model.ts";
import { recordFile, released, subjectsFile } from "./testing/schema-files.ts";

const subjects = subjectsFile([["user", "FULL"]]);

function lint(files: readonly SchemaFile[], setting: unknown = {}) {
  const parsed = parseLintSettings(setting);
  if (parsed.kind === "refused") throw new Error(parsed.reason);
  return lintChangeset(openChangeset(files, "schemas"), parsed.settings);
}

const field = (more: object) => ({ name: "id", type: "long", doc: "An id.", ...more });
const user = (fields: readonly object[], more: object = {}): SchemaFile =>
  recordFile("user/v1.avsc", "User", fields, { doc: "A user.", ...more });

describe("the lint rule", () => {
  test.each<[string, SchemaFile, readonly string[]]>([
    ["is content", user([field({})]), []],
    ["type-name", user([field({})], { name: "user_record" }), ["/name"]],
    ["field-name", user([field({ name: "authorId" })]), ["/fields/0/name"]],
    ["field-name", user([field({ name: "__proto__" })]), ["/fields/0/name"]],
    ["is content", user([field({ name: "constructor" })]), []],
    ["doc-missing", user([field({ doc: undefined })], { doc: " " }), ["", "/fields/0"]],
    [
      "ambiguous-union",
      user([field({ type: ["null", "int", "double"], default: null })]),
      ["/fields/0/type"],
    ],
    ["is content", user([field({ type: ["null", "int", "string"], default: null })]), []],
    ["default-missing", user([field({ type: ["null", "int"] })]), ["/fields/0"]],
    [
      "default-missing",
      user([field({ type: { type: "enum", name: "Kind", doc: "Kinds.", symbols: ["A"] } })]),
      ["/fields/0/type"],
    ],
    [
      "default-wrong",
      user([field({ type: { type: "fixed", name: "Two", doc: "Two.", size: 2 }, default: "abc" })]),
      ["/fields/0/default"],
    ],
    ["default-wrong", user([field({ type: ["null", "long"], default: 0 })]), ["/fields/0/default"]],
  ])("%s", (rule, file, paths) => {
    expect(lint([subjects, file]).map((entry) => [entry.rule, entry.path])).toEqual(
      paths.map((path) => [rule, path]),
    );
  });

  test("same-name: two definitions of one full name that differ", () => {
    const kind = (symbols: readonly string[]) => ({
      type: { type: "enum", name: "ex.Kind", doc: "Kinds.", symbols, default: "A" },
    });
    const pet = recordFile("pet/v1.avsc", "Pet", [field(kind(["A", "B"]))], { doc: "A pet." });
    const both = subjectsFile([
      ["pet", "FULL"],
      ["user", "FULL"],
    ]);
    expect(lint([both, pet, user([field(kind(["A"]))])])).toMatchObject([
      { rule: "same-name", file: "schemas/user/v1.avsc", message: expect.stringContaining("pet/v1.avsc") },
    ]);
    expect(lint([both, pet, user([field(kind(["A", "B"]))])])).toEqual([]);
  });

  test("released-changed: an edit of what was released", () => {
    const files = released([subjects, user([field({})])]);
    const edited = files.map((file) =>
      file.path === "user/v1.avsc" ? user([field({ doc: "Other." })]) : file,
    );
    expect(lint(edited)).toMatchObject([{ rule: "released-changed", file: "schemas/user/v1.avsc" }]);
  });

  test("leaves alone what was released before the newest, and the types of other files", () => {
    const pet = recordFile("pet/v1.avsc", "pet", []);
    const both = subjectsFile([
      ["pet", "FULL"],
      ["user", "FULL"],
    ]);
    const files = released([both, pet, user([field({ name: "ID", type: "ex.pet" })])]);
    const next = { ...user([field({ type: "pet" })]), path: "user/v2.avsc" };
    expect(lint([...files, next]).map(({ rule, file }) => `${rule} ${file}`)).toEqual([
      "type-name schemas/pet/v1.avsc",
      "doc-missing schemas/pet/v1.avsc",
    ]);
  });
});

describe("the setting", () => {
  const bad = user([field({ name: "authorId", doc: undefined })]);
  const severities = (setting: unknown) =>
    lint([subjects, bad], setting).map((entry) => `${entry.rule} ${entry.severity}`);

  test.each<[unknown, readonly string[]]>([
    [{}, ["field-name error", "doc-missing warning"]],
    [{ rules: { "doc-missing": "off", "field-name": "warning" } }, ["field-name warning"]],
    ["doc-missing=error, field-name=off", ["doc-missing error"]],
    [["doc-missing=error", "field-name=off"], ["doc-missing error"]],
    [{ fieldNames: "camelCase" }, ["doc-missing warning"]],
    [{ fieldNames: "any" }, ["doc-missing warning"]],
  ])("%j switches the rules", (setting, expected) => {
    expect(severities(setting)).toEqual(expected);
  });

  test.each<[unknown, RegExp]>([
    [3, /not an object/],
    [{ rule: {} }, /the key "rule"/],
    [{ rules: { docs: "off" } }, /the rule "docs"; there are: type-name, /],
    [{ rules: { constructor: "off" } }, /the rule "constructor"/],
    ["doc-missing", /sets doc-missing to something else than off, warning, error/],
    [{ fieldNames: "kebab" }, /fieldNames/],
  ])("%j is refused with the way out", (setting, reason) => {
    expect(parseLintSettings(setting)).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
  });

  test("knows every rule", () => {
    expect(Object.keys(defaultSeverities)).toEqual([...lintRules]);
  });
});
