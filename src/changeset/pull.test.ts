import { describe, expect, test } from "@jest/globals";
import { openChangeset, type SchemaFile } from "./model.ts";
import { pullFolder } from "./pull.ts";
import { record, stateOf } from "./testing/folders.ts";

const nothing = { files: [], changeset: null, shown: "s" };
const a = { name: "a", type: "int", default: 0 };
const paths = (files: readonly SchemaFile[]) => files.map(({ path }) => path).sort();
const recordsOf = (files: readonly SchemaFile[]) => {
  const list = files.find(({ path }) => path === "subjects.json")?.text ?? '{"subjects":[]}';
  return (JSON.parse(list) as { subjects: { record: string }[] }).subjects.map(({ record: name }) => name);
};

describe("pulling into a folder", () => {
  test("numbers files without gaps, and tells where that changes a number", () => {
    const filed = [
      { version: 2, text: record("R") },
      { version: 5, text: record("R", a) },
    ];
    const { files, notes } = pullFolder(stateOf({ "r-value": { level: null, filed } }), nothing);
    expect(paths(files)).toEqual(["lock.json", "r/v1.avsc", "r/v2.avsc", "subjects.json"]);
    expect(notes).toEqual([
      expect.stringMatching(/version 2 becomes r\/v1\.avsc/),
      expect.stringMatching(/version 5/),
    ]);
    const changeset = openChangeset(files, "s");
    // That of all, since it has none of its own.
    expect(changeset.subjects).toMatchObject([{ subject: "r-value", topic: "r", level: "BACKWARD" }]);
    expect(changeset.subjects[0]?.versions.every(({ isReleased }) => isReleased)).toBe(true);
  });

  test.each([
    ["../../etc/passwd", "etc-passwd"],
    ["..", "subject"],
    [":.ctx:orders-value", "ctx-orders"],
    ["a b\tc", "a-b-c"],
    ["constructor", "constructor"],
    ["C:\\x", "C-x"],
    ["ünï", "n"],
    ["-value", "subject"],
  ])("makes of the subject %j the folder %s", (subject, expected) => {
    // Tabs are no part of a name that a registry has; the blank is.
    const state = stateOf({ [subject.replace("\t", " ")]: { level: "FULL", filed: [record("R")] } });
    expect(recordsOf(pullFolder(state, nothing).files)).toEqual([expected]);
  });

  test("gives subjects whose names differ in their case alone folders of their own", () => {
    const state = stateOf({
      "a-value": { level: "FULL", filed: [record("R")] },
      "A-value": { level: "FULL", filed: [record("S")] },
    });
    expect(recordsOf(pullFolder(state, nothing).files)).toEqual(["a", "A-2"]);
  });

  test("files subjects that hold the same schemas in one folder", () => {
    const state = stateOf({
      "a-value": { level: "FULL", filed: [record("R")] },
      "b-value": { level: "NONE", filed: [record("R")] },
    });
    expect(recordsOf(pullFolder(state, nothing).files)).toEqual(["a", "a"]);
  });

  test("leaves out what is no Avro, and says so", () => {
    const filed = [{ version: 1, text: "syntax", schemaType: "PROTOBUF" }];
    const state = stateOf({
      "a-value": { level: "FULL", filed: [record("R")] },
      "p-value": { level: "FULL", filed },
    });
    const { files, notes } = pullFolder(state, nothing);
    expect(recordsOf(files)).toEqual(["a"]);
    expect(notes).toEqual([expect.stringMatching(/^p-value is left out: .*PROTOBUF/)]);
  });

  test("adds to a folder what it lacks, and overwrites no schema", () => {
    const first = pullFolder(stateOf({ "r-value": { level: "FULL", filed: [record("R")] } }), nothing).files;
    const existing = { files: first, changeset: openChangeset(first, "s"), shown: "s" };
    const grown = stateOf({ "r-value": { level: "NONE", filed: [record("R"), record("R", a)] } });
    expect(paths(pullFolder(grown, existing).files)).toEqual(["lock.json", "r/v2.avsc", "subjects.json"]);
    const other = stateOf({ "r-value": { level: "FULL", filed: [record("R", a)] } });
    expect(() => pullFolder(other, existing)).toThrow(/s\/r\/v1\.avsc is another schema than version 1/);
    const same = stateOf({ "r-value": { level: "FULL", filed: [record("R")] } });
    expect(pullFolder(same, existing).files).toEqual([]);
  });

  test("leaves out who has other versions of a full name, and who refers to it, and fetches the rest", () => {
    const uses = [{ name: "n.R", subject: "b-value", version: 1 }];
    const state = stateOf({
      "a-value": { level: "FULL", filed: [record("R")] },
      "b-value": { level: "FULL", filed: [record("R", a)] },
      "c-value": { level: "FULL", filed: [{ version: 1, text: record("C"), references: uses }] },
      "d-value": { level: "FULL", filed: [record("D")] },
    });
    const { files, notes } = pullFolder(state, nothing);
    expect(recordsOf(files)).toEqual(["a", "d"]);
    expect(notes).toEqual([
      expect.stringMatching(
        /^b-value is left out: .* n\.R than a-value.*schemas pull b-value --schemas FOLDER/,
      ),
      expect.stringMatching(/^c-value is left out: it refers to b-value/),
    ]);
  });

  test("keeps the record that the folder has, whatever comes before it by name", () => {
    const first = pullFolder(stateOf({ "z-value": { level: "FULL", filed: [record("R")] } }), nothing).files;
    const existing = { files: first, changeset: openChangeset(first, "s"), shown: "s" };
    const state = stateOf({
      "a-value": { level: "FULL", filed: [record("R", a)] },
      "z-value": { level: "FULL", filed: [record("R"), record("R", a)] },
    });
    const { files, notes } = pullFolder(state, existing);
    expect(recordsOf(files)).toEqual([]);
    expect(paths(files)).toEqual(["lock.json", "z/v2.avsc"]);
    expect(notes).toEqual([expect.stringMatching(/^a-value is left out: .* n\.R than z\//)]);
  });
});
