import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parseSchemaText } from "../src/avro/parse-schema.ts";
import { checkLevel, parseCompatibilityLevel } from "../src/evolution/levels.ts";
import { parseSubjectName, parseTopicName } from "../src/kernel/brand.ts";
import { checkLock, createLock, readVersionFiles, type SchemaLock, type VersionFile } from "./schema-lock.ts";

const folder = fileURLToPath(new URL("../schemas", import.meta.url));

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), "utf8"));
}

function fileOf(version: number, fields: readonly object[], more: object = {}): VersionFile {
  return {
    path: `user/v${version}.avsc`,
    text: JSON.stringify({ type: "record", name: "User", fields, ...more }),
  };
}

const first = fileOf(1, [{ name: "id", type: "int" }]);
const second = fileOf(2, [
  { name: "id", type: "int" },
  { name: "name", type: "string", default: "" },
]);

describe("the schemas of this repository", () => {
  const files = readVersionFiles(folder);

  test("are those of lock.json", () => {
    expect(checkLock(readJson("lock.json") as SchemaLock, files)).toEqual([]);
  });

  test("each belong to one subject, whose level they keep", () => {
    const { subjects } = readJson("subjects.json") as {
      readonly subjects: readonly Record<string, string>[];
    };
    const records = new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf("/"))));
    expect(subjects.map(({ record }) => record).sort()).toEqual([...records].sort());
    for (const { subject, topic, record, compatibility } of subjects) {
      expect(parseSubjectName(subject)).toBe(`${parseTopicName(topic)}-value`);
      const level = parseCompatibilityLevel(compatibility);
      if (level === null) throw new Error(`${compatibility} is no level`);
      const versions = files
        .filter(({ path }) => path.startsWith(`${record}/`))
        .map(({ text }, index) => ({ version: index + 1, schema: parseSchemaText(text) }));
      for (const { version, schema } of versions) {
        const earlier = versions.filter((candidate) => candidate.version < version);
        expect(checkLevel(level, schema, earlier)).toEqual({ kind: "compatible" });
      }
    }
  });
});

describe("a lock", () => {
  test("holds each version and each pair of them", () => {
    const { records } = createLock([first, second]);
    expect(records.user).toMatchObject({
      versions: [
        { version: 1, name: "User", fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
        { version: 2, name: "User", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
      verdicts: [
        { reader: 1, writer: 2, broken: [] },
        { reader: 2, writer: 1, broken: [] },
      ],
    });
  });

  test.each<[string, readonly VersionFile[], readonly VersionFile[], readonly string[]]>([
    ["nothing when nothing changed", [first, second], [second, first], []],
    ["nothing when only the layout of a file changed", [first], [{ ...first, text: ` ${first.text}\n` }], []],
    ["an edited version", [first], [fileOf(1, [{ name: "id", type: "long" }])], ["changed user/v1.avsc"]],
    [
      "an edited doc",
      [first],
      [fileOf(1, [{ name: "id", type: "int" }], { doc: "new" })],
      ["changed user/v1.avsc"],
    ],
    ["a removed version", [first, second], [second], ["removed user/v1.avsc"]],
    ["a removed record", [first], [], ["removed user/v1.avsc"]],
    ["a version that is not locked", [first], [first, second], ["not-locked user/v2.avsc"]],
    [
      "a number left out",
      [first],
      [first, { ...second, path: "user/v3.avsc" }],
      ["not-locked user/v3.avsc", "gap user/v3.avsc"],
    ],
  ])("finds %s", (_, before, after, findings) => {
    expect(checkLock(createLock(before), after).map(({ kind, path }) => `${kind} ${path}`)).toEqual(findings);
  });

  test("finds a verdict that is no longer what it was", () => {
    const lock = createLock([first, second]);
    const record = lock.records.user;
    const verdicts = record?.verdicts.map((verdict) => ({ ...verdict, broken: ["TYPE_MISMATCH"] })) ?? [];
    const changed = { records: { user: { versions: record?.versions ?? [], verdicts } } };
    expect(checkLock(changed, [first, second]).map(({ kind }) => kind)).toEqual(["verdict", "verdict"]);
  });
});
