import { describe, expect, test } from "@jest/globals";
import { AvroError } from "../src/avro/error.ts";
import { type GenerateOptions, generate } from "./generate.ts";
import { checkTypes } from "./testing/check-types.ts";

function filesOf(texts: Record<string, unknown>): GenerateOptions["files"] {
  return Object.entries(texts).map(([path, content]) => ({
    path,
    text: typeof content === "string" ? content : JSON.stringify(content),
  }));
}

function record(name: string, fields: Record<string, unknown> = {}): object {
  return {
    type: "record",
    name,
    fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
  };
}

function refusalOf(texts: Record<string, unknown>): AvroError {
  try {
    generate({ files: filesOf(texts) });
  } catch (error) {
    if (error instanceof AvroError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function importsOf(options: GenerateOptions): string[] {
  return generate(options).flatMap(({ fileName, text }) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("import "))
      .map((line) => `${fileName}: ${line}`),
  );
}

describe("which files are made", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    [
      "one for each schema, in folders as they lie",
      { "a.avsc": "string", "x/b.avsc": "int" },
      ["a.ts", "x/b.ts"],
    ],
    [
      "one for a folder of versions, and one for each",
      { "t/v1.avsc": "int", "t/v2.avsc": "int" },
      ["t.ts", "t/v1.ts", "t/v2.ts"],
    ],
    ["a version in no folder is a file like another", { "v1.avsc": "int" }, ["v1.ts"]],
    ["other files are passed over", { "subjects.json": "{", "a.avsc": "int", "README.md": "" }, ["a.ts"]],
    ["nothing of nothing", {}, []],
  ])("%s", (_, texts, names) => {
    const quoted = Object.fromEntries(
      Object.entries(texts).map(([path, text]) => [path, path.endsWith(".avsc") ? `"${text}"` : text]),
    );
    expect(generate({ files: filesOf(quoted) }).map(({ fileName }) => fileName)).toEqual(names);
  });

  test("the same files give the same text, in whatever order they come", () => {
    const files = filesOf({
      "b.avsc": record("B", { a: "A", c: "C" }),
      "a.avsc": record("A"),
      "c/v1.avsc": record("C"),
      "c/v2.avsc": record("C", { a: "A" }),
    });
    expect(generate({ files: [...files].reverse() })).toEqual(generate({ files }));
  });
});

describe("imports", () => {
  const files = filesOf({
    "deep/er/a.avsc": { ...record("A", { b: "x.B" }), namespace: "ex" },
    "deep/b.avsc": { ...record("B"), namespace: "x" },
  });

  test("are of types alone, and relative modules are seen from where the file lies", () => {
    expect(importsOf({ files, runtime: "../run/time.ts", importExtension: ".ts" })).toEqual([
      'deep/b.ts: import type { TypedSchema } from "../../run/time.ts";',
      'deep/er/a.ts: import type { TypedSchema } from "../../../run/time.ts";',
      'deep/er/a.ts: import type { B } from "../b.ts";',
    ]);
  });

  test.each([
    [".js", "../b.js"],
    [".ts", "../b.ts"],
    ["none", "../b"],
  ] as const)("with the extension %s", (importExtension, module) => {
    expect(importsOf({ files, importExtension })).toContain(
      `deep/er/a.ts: import type { B } from "${module}";`,
    );
  });

  test("by default come from the package, with .js", () => {
    expect(importsOf({ files })).toEqual([
      'deep/b.ts: import type { TypedSchema } from "birdwire";',
      'deep/er/a.ts: import type { TypedSchema } from "birdwire";',
      'deep/er/a.ts: import type { B } from "../b.js";',
    ]);
  });
});

describe("a type that another file defines", () => {
  test("is written out in the schema that is registered", () => {
    const files = filesOf({ "a.avsc": record("A", { b: "B" }), "b.avsc": record("B", { x: "int" }) });
    expect(generate({ files })[0]?.text).toContain(
      '{"type":"record","name":"B","fields":[{"name":"x","type":"int"}]}',
    );
  });

  test("may also be all that a file says", () => {
    const files = filesOf({ "a.avsc": '"B"', "b.avsc": record("B") });
    expect(generate({ files })[0]?.text).toContain("export type B = B_2;");
  });

  test("and that a file defines for itself too is that file's own", () => {
    const inline = record("A", { b: record("B", { x: "int" }) });
    const files = filesOf({ "a.avsc": inline, "b.avsc": record("B", { x: "int" }) });
    expect(importsOf({ files }).filter((line) => !line.includes("TypedSchema"))).toEqual([]);
  });
});

describe("a bad file is named, with the place and the reason", () => {
  test.each<[string, Record<string, unknown>, string, RegExp]>([
    [
      "not JSON",
      { "t/v1.avsc": '{\n  "type": "record",\n}' },
      "not-json",
      /^t\/v1\.avsc:3:1: not JSON: expected a property name/,
    ],
    ["empty", { "a.avsc": "" }, "not-json", /^a\.avsc:1:1: not JSON: .*ends here$/],
    [
      "not Avro",
      { "a.avsc": record("A", { f: "strin" }) },
      "invalid-schema",
      /^a\.avsc: not an Avro schema, at \/fields\/0\/type: no type named "strin"/,
    ],
    [
      "a bad name",
      { "a.avsc": record("a-b") },
      "invalid-schema",
      /^a\.avsc: .*at \/name: "a-b" is not a name/,
    ],
    [
      "an earlier version",
      { "t/v1.avsc": '"nope"', "t/v2.avsc": '"int"' },
      "invalid-schema",
      /^t\/v1\.avsc: .*nope/,
    ],
    [
      "a circle of files",
      { "a.avsc": record("A", { b: "B" }), "b.avsc": record("B", { a: "A" }) },
      "invalid-schema",
      /^a\.avsc: a circle of references: a\.avsc -> b\.avsc -> a\.avsc; .*\nb\.avsc: a circle/,
    ],
    [
      "a circle of three, and one outside that waits for them",
      {
        "a.avsc": record("A", { b: "n.B" }),
        "b.avsc": { ...record("B", { c: "C" }), namespace: "n" },
        "c.avsc": { ...record("C", { a: ".A" }), namespace: "n" },
        "d.avsc": record("D", { a: "A" }),
        "e.avsc": record("E", { x: "Nobody" }),
      },
      "invalid-schema",
      /d\.avsc: a circle of references: a\.avsc -> b\.avsc -> c\.avsc -> a\.avsc;.*\ne\.avsc: .*no type named "Nobody"/,
    ],
    [
      "two files with one full name",
      { "a.avsc": record("x.A"), "b.avsc": { ...record("A"), namespace: "x" } },
      "invalid-schema",
      /^b\.avsc: x\.A is what a\.avsc defines already$/,
    ],
    [
      "brackets without end",
      { "a.avsc": `${"[".repeat(100_000)}${"]".repeat(100_000)}` },
      "invalid-schema",
      /^a\.avsc: objects and arrays nested more than 2000 deep$/,
    ],
    [
      "a file where the module of a version goes",
      { "t/v1.avsc": '"int"', "t/v1/v1.avsc": '"int"' },
      "invalid-schema",
      /^t\/v1\.avsc: both this file and t\/v1\/v1\.avsc would become t\/v1\.ts$/,
    ],
    [
      "two files for one module",
      { "t.avsc": '"int"', "t/v1.avsc": '"int"' },
      "invalid-schema",
      /^t\/v1\.avsc: both this file and t\.avsc would become t\.ts$/,
    ],
  ])("%s", (_, texts, code, message) => {
    const error = refusalOf(texts);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test("all of them at once", () => {
    const proto = refusalOf({ "a/v1.avsc": record("A", { ["__proto__"]: "int" }), "a/v2.avsc": record("A") });
    expect(proto.message).toMatch(/^a\/v1\.avsc: .*the codec cannot hold the field "__proto__" of A/);
    const error = refusalOf({ "a.avsc": "{", "b.avsc": '"int"', "c.avsc": '"nope"' });
    expect(error.details.problems).toMatchObject([
      { file: "a.avsc", code: "not-json", line: 1, column: 2 },
      { file: "c.avsc", code: "invalid-schema", path: "" },
    ]);
    expect(error.message.split("\n")).toHaveLength(2);
  });
});

describe("names of types", () => {
  const namesIn = (json: unknown): string[] =>
    [
      ...(generate({ files: filesOf({ "user-events.avsc": json }) })[0]?.text ?? "").matchAll(
        /^export (?:interface|type|const) (\w+)/gm,
      ),
    ].map((match) => match[1] ?? "");
  const of = (namespace: string, name: string): object => ({ type: "fixed", name, namespace, size: 1 });

  test.each<[string, unknown, string[]]>([
    ["an unnamed root is named by its file", "string", ["UserEvents", "UserEventsInput", "UserEventsSchema"]],
    [
      "two of one name are both qualified, in either order",
      [of("a", "T"), of("b", "T")],
      ["UserEvents", "UserEventsInput", "AT", "BT", "UserEventsSchema"],
    ],
    [
      "as far as it takes",
      [of("x.a", "T"), of("y.a", "T")],
      ["UserEvents", "UserEventsInput", "AT", "YAT", "UserEventsSchema"],
    ],
    [
      "the root keeps its name against a nested type",
      { ...record("R", { a: of("b", "R") }), namespace: "a" },
      ["R", "RInput", "BR", "RSchema"],
    ],
    [
      "names that belong to another type are not given away",
      record("R", { a: of("x", "RSchema"), b: of("x", "RInput") }),
      ["R", "RInput", "XRSchema", "XRInput", "RSchema"],
    ],
    ["what code relies on is not taken", record("Buffer"), ["Buffer_2", "Buffer_2Input", "Buffer_2Schema"]],
  ])("%s", (_, json, names) => {
    expect(namesIn(json === "string" ? '"string"' : json)).toEqual(names);
  });
});

describe("schemas of a size that nobody writes by hand", () => {
  test("200 levels of records and of arrays compile", () => {
    let schema: unknown = "int";
    for (let level = 0; level < 200; level += 1) {
      schema = record(`R${level}`, { next: { type: "array", items: schema } });
    }
    const [output] = generate({ files: filesOf({ "deep.avsc": schema }) });
    expect(output?.text).toContain("export interface R0 ");
    expect(checkTypes({ "deep.ts": output?.text ?? "" })).toBe("");
  });

  test("a schema of 5 MB is a schema", () => {
    const fields = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`f${index}_${"x".repeat(200)}`, "int"]),
    );
    const text = JSON.stringify(record("Big", fields));
    expect(text.length).toBeGreaterThan(4_500_000);
    expect(generate({ files: [{ path: "big.avsc", text }] })[0]?.text.length).toBeGreaterThan(text.length);
  });
});
