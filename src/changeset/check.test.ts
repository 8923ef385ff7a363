import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { compatibilityLevels } from "../evolution/levels.ts";
import { checkChangeset } from "./check.ts";
import { openChangeset, type SchemaFile } from "./model.ts";
import { createRelease } from "./release.ts";
import { recordFile, released, subjectsFile } from "./testing/schema-files.ts";

const id = { name: "id", type: "long" };
const name = { name: "name", type: "string", default: "" };
const v1 = recordFile("user/v1.avsc", "User", [id]);
const v2 = recordFile("user/v2.avsc", "User", [id, name]);
const full = subjectsFile([["user", "FULL_TRANSITIVE"]]);

const check = (files: readonly SchemaFile[], recomputes = false) =>
  checkChangeset(openChangeset(files, "schemas"), { recomputes });
const brief = (files: readonly SchemaFile[], recomputes = false) =>
  check(files, recomputes)
    .map(({ rule, file, line }) => `${rule} ${file}:${line}`)
    .sort();

describe("a folder against its lock", () => {
  test.each<[string, readonly SchemaFile[], readonly SchemaFile[], readonly string[]]>([
    ["nothing when nothing changed", [v1, v2], [v2, v1], []],
    ["nothing when only the layout changed", [v1], [{ ...v1, text: ` ${v1.text}\n` }], []],
    [
      "an edited doc",
      [v1],
      [recordFile("user/v1.avsc", "User", [id], { doc: "new" })],
      ["released-changed schemas/user/v1.avsc:1"],
    ],
    ["a removed version", [v1, v2], [v2], ["released-removed schemas/lock.json:5"]],
    ["a version that is new", [v1], [v1, v2], ["unreleased schemas/user/v2.avsc:1"]],
    [
      "a number left out",
      [v1],
      [v1, { ...v2, path: "user/v3.avsc" }],
      ["unreleased schemas/user/v3.avsc:1", "version-gap schemas/user/v3.avsc:1"],
    ],
    [
      "a version put before those released",
      [{ ...v2, path: "user/v2.avsc" }],
      [v1, v2],
      ["not-locked schemas/user/v1.avsc:1"],
    ],
    [
      "a first version that is not 1",
      [],
      [v2],
      ["unreleased schemas/user/v2.avsc:1", "version-gap schemas/user/v2.avsc:1"],
    ],
    [
      "a stray file",
      [v1],
      [v1, { path: "user/draft.avsc", text: "" }],
      ["stray-file schemas/user/draft.avsc:1"],
    ],
  ])("finds %s", (_what, before, after, expected) => {
    const lock =
      before.length === 0 ? [] : released([full, ...before]).filter(({ path }) => path === "lock.json");
    expect(brief([full, ...after, ...lock])).toEqual(expected);
  });

  test("finds a verdict that is no longer what it was, when the verdicts are computed anew", () => {
    const files = released([full, v1, v2]).map((file) =>
      file.path === "lock.json"
        ? { ...file, text: file.text.replace('"broken": []', '"broken": ["X"]') }
        : file,
    );
    expect(brief(files)).toEqual([]);
    expect(brief(files, true)).toEqual(["lock-verdict schemas/lock.json:21"]);
  });

  test("finds records without a subject", () => {
    expect(brief(released([full, v1, recordFile("pet/v1.avsc", "Pet", [])]))).toEqual([
      "no-subject schemas/pet/v1.avsc:1",
    ]);
  });
});

describe("a new version against the level of its subject", () => {
  const int = recordFile("user/v1.avsc", "User", [{ name: "id", type: "int" }]);
  const long = recordFile("user/v2.avsc", "User", [{ name: "id", type: "long" }]);
  const double = recordFile("user/v3.avsc", "User", [{ name: "id", type: "double" }]);
  const back = recordFile("user/v3.avsc", "User", [{ name: "id", type: "int" }]);

  test.each([
    ["NONE", 0],
    ["BACKWARD", 0],
    ["BACKWARD_TRANSITIVE", 0],
    ["FORWARD", 1],
    ["FORWARD_TRANSITIVE", 2],
    ["FULL", 1],
    ["FULL_TRANSITIVE", 2],
  ] as const)("of %s, promoted twice", (level, expected) => {
    const files = [...released([subjectsFile([["user", "BACKWARD"]]), int, long]), double];
    const found = check([subjectsFile([["user", level]]), ...files.slice(1)]).filter(
      ({ rule, file }) => rule === "TYPE_MISMATCH" && file.endsWith("v3.avsc"),
    );
    expect(found).toHaveLength(expected);
    if (expected > 0) expect(found.at(-1)?.message).toMatch(/: version 2 cannot read what version 3 writes/);
  });

  test("compares with all versions at once where the latest alone would do", () => {
    // long, then int again: the latest cannot be read; the first can.
    const files = [subjectsFile([["user", "BACKWARD_TRANSITIVE"]]), int, long, back];
    expect(check(files).filter(({ rule }) => rule === "TYPE_MISMATCH")).toMatchObject([
      { file: "schemas/user/v3.avsc", message: expect.stringContaining("what version 2 wrote") },
    ]);
  });

  test("says once what is the same with several versions", () => {
    const missing = recordFile("user/v3.avsc", "User", [id, { name: "email", type: "string" }]);
    expect(
      check([...released([full, v1, v2]), missing]).filter(({ severity }) => severity === "error"),
    ).toMatchObject([
      { message: expect.stringContaining("version 3 cannot read what versions 1 and 2 wrote") },
    ]);
  });

  test("takes the lock's word for released versions, and for no edited one", () => {
    const broken = recordFile("user/v2.avsc", "User", [{ name: "id", type: "string" }]);
    const lock = released([full, v1, v2]);
    expect(brief(lock)).toEqual([]);
    const edited = lock.map((file) => (file.path === "user/v2.avsc" ? broken : file));
    expect(brief(edited)).toEqual([
      "TYPE_MISMATCH schemas/user/v2.avsc:8",
      "TYPE_MISMATCH schemas/user/v2.avsc:8",
      "released-changed schemas/user/v2.avsc:1",
    ]);
  });

  test("names every finding of a change that breaks three things at once, each on its line", () => {
    const kind = { type: "enum", name: "Kind", symbols: ["A", "B"] };
    const first = recordFile("user/v1.avsc", "User", [
      { name: "id", type: "long" },
      { name: "kind", type: kind },
      { name: "email", type: "string" },
    ]);
    const second = recordFile("user/v2.avsc", "User", [
      { name: "id", type: "string" },
      { name: "kind", type: { ...kind, symbols: ["A"] } },
      { name: "phone", type: "string" },
    ]);
    const lines = second.text.split("\n");
    const found = check([...released([subjectsFile([["user", "BACKWARD"]]), first]), second]).filter(
      ({ severity }) => severity === "error",
    );
    expect(found.map(({ rule, line, column }) => [rule, lines[line - 1]?.slice(column - 1)]).sort()).toEqual([
      ["MISSING_ENUM_SYMBOLS", "["],
      ["READER_FIELD_MISSING_DEFAULT_VALUE", "{"],
      ["TYPE_MISMATCH", '"string"'],
    ]);
    // Also the other way round: the field that is gone is missed in the list of fields.
    const both = check([...released([subjectsFile([["user", "FULL"]]), first]), second]);
    expect(both.filter(({ path }) => path === "/fields")).toMatchObject([
      { rule: "READER_FIELD_MISSING_DEFAULT_VALUE", message: expect.stringContaining('"email"') },
    ]);
  });

  test("reaches through references that no registry has yet", () => {
    const kind = (symbols: readonly string[], version: number): SchemaFile => ({
      path: `kind/v${version}.avsc`,
      text: JSON.stringify({ type: "enum", name: "Kind", namespace: "ex", symbols }),
    });
    const user = recordFile("user/v1.avsc", "User", [{ name: "kind", type: "Kind" }]);
    const user2 = recordFile("user/v2.avsc", "User", [{ name: "kind", type: "Kind" }, name]);
    const subjects = subjectsFile([
      ["user", "BACKWARD"],
      ["kind", "NONE"],
    ]);
    const before = released([subjects, user, kind(["A", "B"], 1)]);
    const found = check([...before, user2, kind(["A"], 2)]);
    expect(found.filter(({ severity }) => severity === "error")).toMatchObject([
      { rule: "MISSING_ENUM_SYMBOLS", file: "schemas/user/v2.avsc", line: 8, subject: "user-value" },
    ]);
  });

  test.each(compatibilityLevels)("of %s, released long ago, has nothing to say when all is well", (level) => {
    expect(brief(released([subjectsFile([["user", level]]), v1, v2]))).toEqual([]);
  });
});

describe("what no level objects to is a warning at a version that is not released:", () => {
  const timestamp = (logicalType: string) => ({ name: "at", type: { type: "long", logicalType } });
  test.each<[string, readonly SchemaFile[], string]>([
    [
      "logical-type-changed",
      [
        recordFile("user/v1.avsc", "User", [timestamp("timestamp-millis")]),
        recordFile("user/v2.avsc", "User", [timestamp("timestamp-micros")]),
      ],
      "/fields/0/type",
    ],
    [
      "default-refused",
      [v1, recordFile("user/v2.avsc", "User", [id, { name: "n", type: ["null", "long"], default: 0 }])],
      "/fields/1",
    ],
    ["no-op-registration", [v1, v2, { ...v1, path: "user/v3.avsc" }], ""],
  ])("%s", (rule, files, path) => {
    const head = files.at(-1)?.path;
    const found = check([...released([full, ...files.slice(0, -1)]), ...files.slice(-1)]).filter(
      ({ severity }) => severity === "warning",
    );
    expect(found).toMatchObject([
      { rule, file: `schemas/${head}`, path: expect.stringContaining(path), subject: "user-value" },
    ]);
    // Released, it can be changed no more.
    expect(check(released([full, ...files])).filter(({ severity }) => severity === "warning")).toEqual([]);
  });
});

describe("a file that is to the byte what was released", () => {
  const backward = subjectsFile([["user", "BACKWARD"]]);
  const v3 = recordFile("user/v3.avsc", "User", [id, { name: "n", type: "int", default: 0 }]);
  const broken = { ...v1, text: "{" };
  const lockOf = (files: readonly SchemaFile[]) => files.at(-1)?.text ?? "";
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");

  test("is not read where nothing asks for it", () => {
    const lock = lockOf(released([backward, v1, v2]));
    const files = [backward, broken, v2, v3];
    const withLock = (text: string) => brief([...files, { path: "lock.json", text }]);
    expect(() => withLock(lock)).toThrow(/user\/v1\.avsc:1:2: not JSON/);
    expect(withLock(lock.replace(hash(v1.text), hash(broken.text)))).toEqual([
      expect.stringMatching(/unreleased.*v3\.avsc/),
    ]);
  });

  test("is computed anew all the same where nothing in the lock is trusted", () => {
    const edited = recordFile("user/v1.avsc", "User", [id], { doc: "Edited." });
    const forged = lockOf(released([backward, v1, v2])).replace(hash(v1.text), hash(edited.text));
    const files = [backward, edited, v2, { path: "lock.json", text: forged }];
    expect(brief(files)).toEqual([]);
    expect(brief(files, true)).toEqual([expect.stringMatching(/released-changed.*v1\.avsc/)]);
  });
});

describe("a release", () => {
  test("freezes what is new and nothing else", () => {
    const files = released([full, v1]);
    const release = createRelease(openChangeset([...files, v2], "schemas"));
    if (release.kind !== "released") throw new Error("refused");
    expect(release.paths).toEqual(["user/v2.avsc"]);
    const lock = { path: "lock.json", text: release.lockText ?? "" };
    expect(brief([full, v1, v2, lock], true)).toEqual([]);
    const again = createRelease(openChangeset([full, v1, v2, lock], "s"));
    expect(again).toEqual({ kind: "released", paths: [], lockText: null });
  });

  test("adds the hashes of files to a lock of before, and follows a file that was laid out anew", () => {
    const [, , , lock] = released([full, v1, v2]);
    const before = {
      path: "lock.json",
      text: (lock?.text ?? "").replaceAll(/,\s*"fileSha256": "[^"]*"/g, ""),
    };
    expect(before.text).not.toContain("fileSha256");
    expect(brief([full, v1, v2, before])).toEqual([]);
    expect(createRelease(openChangeset([full, v1, v2, before], "s"))).toEqual({
      kind: "released",
      paths: [],
      lockText: lock?.text,
    });
    const dense = { ...v1, text: JSON.stringify(JSON.parse(v1.text)) };
    expect(brief([full, dense, v2, before])).toEqual([]);
    const anew = createRelease(openChangeset([full, dense, v2, lock ?? before], "s"));
    expect(anew).toMatchObject({
      kind: "released",
      paths: [],
      lockText: expect.not.stringContaining(lock?.text ?? ""),
    });
  });

  test("is refused with the errors of the check", () => {
    const wrong = recordFile("user/v2.avsc", "User", [{ name: "id", type: "string" }]);
    expect(createRelease(openChangeset([...released([full, v1]), wrong], "schemas"))).toMatchObject({
      kind: "refused",
      entries: [{ rule: "TYPE_MISMATCH" }, { rule: "TYPE_MISMATCH" }],
    });
  });
});
