import { describe, expect, test } from "@jest/globals";
import { branchName } from "../avro/model.ts";
import { extendLock, printLock } from "./lock.ts";
import { type Changeset, openChangeset, type SchemaFile } from "./model.ts";

function subjectsFile(...records: readonly string[]): SchemaFile {
  const subjects = records.map((record) => ({
    subject: `${record}-value`,
    topic: record,
    record,
    compatibility: "FULL",
  }));
  return { path: "subjects.json", text: JSON.stringify({ subjects }) };
}

function file(path: string, name: string, fields: readonly object[], more: object = {}): SchemaFile {
  const schema = { type: "record", name, namespace: "ex", fields, ...more };
  return { path, text: JSON.stringify(schema, null, 2) };
}

const person = file("person/v1.avsc", "Person", [{ name: "id", type: "long" }]);
const person2 = file("person/v2.avsc", "Person", [{ name: "id", type: "string" }]);
const order = file("order/v1.avsc", "Order", [{ name: "by", type: "Person" }]);

function shape({ subjects }: Changeset) {
  return subjects.map(({ subject, versions }) => ({
    subject,
    versions: versions.map(({ path, references, isReleased }) => [
      path,
      isReleased,
      ...references.map((reference) => `${reference.name} = ${reference.subject}@${reference.version}`),
    ]),
  }));
}

describe("a folder of schemas", () => {
  test("gives its subjects with their versions in the order of their numbers", () => {
    const tenth = { ...person, path: "person/v10.avsc" };
    const changeset = openChangeset([subjectsFile("person"), tenth, person2, person], "schemas");
    expect(shape(changeset)).toEqual([
      {
        subject: "person-value",
        versions: [
          ["person/v1.avsc", false],
          ["person/v2.avsc", false],
          ["person/v10.avsc", false],
        ],
      },
    ]);
    expect(changeset.folder).toBe("schemas");
  });

  test("has the types of other records as references, to the newest version of each", () => {
    const changeset = openChangeset([subjectsFile("order", "person"), order, person, person2], "schemas");
    expect(shape(changeset)[0]).toEqual({
      subject: "order-value",
      versions: [["order/v1.avsc", false, "ex.Person = person-value@2"]],
    });
  });

  test("keeps a released version with the versions that it was released with", () => {
    const before = openChangeset([subjectsFile("order", "person"), order, person], "schemas");
    const lock = { path: "lock.json", text: printLock(extendLock(before.lock, before.records)) };
    const order2 = file("order/v2.avsc", "Order", [{ name: "by", type: "Person" }], { doc: "new" });
    const after = openChangeset(
      [subjectsFile("order", "person"), lock, order, order2, person, person2],
      "schemas",
    );
    expect(shape(after)[0]?.versions).toEqual([
      ["order/v1.avsc", true, "ex.Person = person-value@1"],
      ["order/v2.avsc", false, "ex.Person = person-value@2"],
    ]);
  });

  test.each(["constructor", "__proto__", "toString"])("may have a record in the folder %s", (record) => {
    const files = [subjectsFile(record), { ...person, path: `${record}/v1.avsc` }];
    const before = openChangeset(files, "schemas");
    expect(shape(before)).toMatchObject([{ versions: [[`${record}/v1.avsc`, false]] }]);
    const lock = { path: "lock.json", text: printLock(extendLock(before.lock, before.records)) };
    expect(shape(openChangeset([...files, lock], "schemas"))).toMatchObject([
      { versions: [[`${record}/v1.avsc`, true]] },
    ]);
  });

  test("takes a type that two records define alike for no matter, as long as nobody names it", () => {
    const money = { type: "record", name: "Money", fields: [] };
    const a = file("a/v1.avsc", "A", [{ name: "m", type: money }]);
    const b = file("b/v1.avsc", "B", [{ name: "m", type: money }]);
    expect(openChangeset([subjectsFile("a", "b"), a, b], "schemas").subjects).toHaveLength(2);
    const c = file("c/v1.avsc", "C", [{ name: "m", type: "ex.Money" }]);
    expect(() => openChangeset([subjectsFile("a", "b", "c"), a, b, c], "schemas")).toThrow(
      "schemas/c/v1.avsc:8:15: ex.Money is defined by both a/ and b/",
    );
  });

  test("lists the files that are no version of anything", () => {
    const stray = { path: "person.avsc", text: "not read" };
    expect(openChangeset([subjectsFile("person"), person, stray], "schemas").strays).toEqual(["person.avsc"]);
  });

  test("reads 200 levels of nesting", () => {
    let type: unknown = "long";
    for (let level = 0; level < 200; level += 1) type = { type: "array", items: type };
    const deep = file("a/v1.avsc", "A", [{ name: "x", type }]);
    const [record] = openChangeset([subjectsFile("a"), deep], "schemas").records;
    expect(record?.versions.map(({ schema }) => branchName(schema))).toEqual(["ex.A"]);
  });
});

describe("a folder that is wrong", () => {
  const circle = [
    file("a/v1.avsc", "A", [{ name: "b", type: "B" }]),
    file("b/v1.avsc", "B", [{ name: "c", type: "C" }]),
    file("c/v1.avsc", "C", [{ name: "a", type: ["null", "ex.A"] }]),
  ];
  test.each<[string, readonly SchemaFile[], string]>([
    ["has no list", [person], "there is no subjects.json in schemas"],
    [
      "has a subject without a file",
      [subjectsFile("person", "gone"), person],
      "schemas/subjects.json:1:147: there is no gone/v1.avsc for the subject gone-value",
    ],
    [
      "has a subject twice",
      [subjectsFile("person", "person"), person],
      'schemas/subjects.json:1:110: /subjects/1/subject: the subject "person-value" is there twice',
    ],
    [
      "has a list that is cut off",
      [{ path: "subjects.json", text: '{\n  "subjects": [\n' }],
      "schemas/subjects.json:3:1: not JSON: expected a value, the text ends here",
    ],
    [
      "has a lock with something else in it",
      [
        subjectsFile("person"),
        person,
        {
          path: "lock.json",
          text: '{\n  "records": {\n    "a/b": { "versions": [{ "version": 0 }] }\n  }\n}',
        },
      ],
      "schemas/lock.json:3:40: /records/a~1b/versions/0/version: Too small",
    ],
    [
      "uses its files in a circle",
      [subjectsFile("a", "b", "c"), ...circle],
      "schemas/c/v1.avsc:10:9: the files use each other in a circle: a/v1.avsc -> b/v1.avsc -> c/v1.avsc -> a/v1.avsc",
    ],
    [
      "has two records of one full name",
      [subjectsFile("person", "user"), person, { ...person, path: "user/v1.avsc" }],
      "schemas/user/v1.avsc:3:11: both this record and person/ are called ex.Person",
    ],
    [
      "uses a type that nobody defines",
      [subjectsFile("order"), order],
      'schemas/order/v1.avsc:8:15: no type named "Person" is defined before this place',
    ],
    [
      "uses a type that has no subject",
      [subjectsFile("order"), order, person],
      "ex.Person comes from person/v1.avsc, which subjects.json files under no subject",
    ],
    [
      "has a file that is not JSON",
      [subjectsFile("a"), { path: "a/v1.avsc", text: '{\n "type": }' }],
      'schemas/a/v1.avsc:2:10: not JSON: expected a value, found "}"',
    ],
  ])("and %s is refused with the place", (_what, files, message) => {
    expect(() => openChangeset(files, "schemas")).toThrow(message);
  });

  test("is told with all that is wrong at once", () => {
    const files = [
      subjectsFile("a", "b"),
      { path: "a/v1.avsc", text: "{" },
      file("b/v1.avsc", "B", [{ name: "x", type: "strin" }]),
    ];
    expect(() => openChangeset(files, "schemas")).toThrow(/^schemas\/a\/v1.*\nschemas\/b\/v1[^\n]*$/);
  });

  test("two versions of one type, one of them through a third record, are refused", () => {
    const first = openChangeset([subjectsFile("order", "person"), order, person], "schemas");
    const lock = { path: "lock.json", text: printLock(extendLock(first.lock, first.records)) };
    const cart = file("cart/v1.avsc", "Cart", [
      { name: "order", type: "Order" },
      { name: "by", type: "Person" },
    ]);
    const files = [subjectsFile("order", "person", "cart"), lock, order, person, person2, cart];
    // Order v1 was released with Person v1, which comes along.
    expect(shape(openChangeset(files, "schemas"))[2]?.versions).toEqual([
      ["cart/v1.avsc", false, "ex.Order = order-value@1"],
    ]);
    const swapped = file("cart/v1.avsc", "Cart", [
      { name: "by", type: "Person" },
      { name: "order", type: "Order" },
    ]);
    expect(() => openChangeset([...files.slice(0, -1), swapped], "schemas")).toThrow(
      "person/v2.avsc and order/v1.avsc bring two different definitions of ex.Person",
    );
  });
});
