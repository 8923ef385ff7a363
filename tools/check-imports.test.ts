import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { checkImports, type ImportReport, printReport } from "./check-imports.ts";
import { importLaw, packageRules, type Room, roomPlaces, rooms, testsMayAlsoImport } from "./import-law.ts";
import { placeOf } from "./judge-import.ts";

interface Tree extends Disposable {
  readonly root: string;
}

/** A repository in a temporary folder: path -> text. */
function createTree(files: Readonly<Record<string, string>>): Tree {
  const root = mkdtempSync(join(tmpdir(), "birdwire-law-"));
  const manifest = {
    name: "birdwire",
    dependencies: Object.fromEntries(["avsc", "zod", "yargs", "kafkajs"].map((name) => [name, "1.0.0"])),
    devDependencies: { "fast-check": "1.0.0" },
  };
  for (const [path, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

function checkTree(files: Readonly<Record<string, string>>): ImportReport {
  using tree = createTree(files);
  return checkImports(tree.root);
}

function rulesOf(report: ImportReport): string[] {
  return report.violations.map(({ path, rule }) => `${path} ${rule}`);
}

/** The files of each room that another may ask for, by what the law calls them. */
const targetNames = ["thing", "port", "facts"] as const;
type Target = (typeof targetNames)[number];
const forms = ["value", "types"] as const;
type Form = (typeof forms)[number];

function targetPath(room: Room, target: Target): string {
  const place = roomPlaces[room];
  return place.endsWith("/") ? `${place}${target}.ts` : place;
}

function targetsOf(room: Room): readonly Target[] {
  return roomPlaces[room].endsWith("/") ? targetNames : ["thing"];
}

function sourcePath(from: Room, to: Room, target: Target, form: Form, isTest: boolean): string {
  const place = roomPlaces[from];
  return `${place}from-${to}-${target}-${form}${isTest ? ".test" : ""}.ts`;
}

/** What the table says, read straight from it. */
function isAllowed(from: Room, to: Room, target: Target, form: Form, isTest: boolean): boolean {
  if (from === to) return true;
  const entries = isTest ? [...importLaw[from], ...testsMayAlsoImport] : importLaw[from];
  return (
    entries.includes(to) ||
    (target === "port" && entries.some((entry) => entry === `${to}/port`)) ||
    (target === "facts" && entries.includes("any/facts") && importLaw.cli.includes(to)) ||
    (form === "types" && entries.some((entry) => entry === `${to} (types)`))
  );
}

describe("every pair of rooms", () => {
  const folderRooms = rooms.filter((room) => roomPlaces[room].endsWith("/"));
  const builders: readonly Room[] = ["integration-tests", "bench", "tools"];
  const pairs = folderRooms.flatMap((from) =>
    rooms.flatMap((to) =>
      targetsOf(to).flatMap((target) =>
        forms.flatMap((form) => [false, true].map((isTest) => ({ from, to, target, form, isTest }))),
      ),
    ),
  );
  let violated = new Set<string>();

  beforeAll(() => {
    const files: Record<string, string> = {};
    for (const room of rooms)
      for (const target of targetsOf(room)) files[targetPath(room, target)] = "export {};\n";
    for (const { from, to, target, form, isTest } of pairs) {
      const path = sourcePath(from, to, target, form, isTest);
      const up = "../".repeat(path.split("/").length - 1);
      files[path] = `import ${form === "types" ? "type " : ""}{ a } from "${up}${targetPath(to, target)}";\n`;
    }
    violated = new Set(checkTree(files).violations.map(({ path }) => path));
  });

  test.each(folderRooms)("what %s may import, and nothing else, passes the check", (from) => {
    const asked = pairs.filter((pair) => pair.from === from);
    const name = (pair: (typeof pairs)[number]) =>
      sourcePath(from, pair.to, pair.target, pair.form, pair.isTest);
    const allowed = asked.filter((pair) => isAllowed(from, pair.to, pair.target, pair.form, pair.isTest));
    expect(asked.filter((pair) => !violated.has(name(pair))).map(name)).toEqual(allowed.map(name));
    const mayImportAll = builders.includes(from);
    expect(allowed.length).toBeLessThan(asked.length);
    expect(allowed.length).toBeGreaterThan(mayImportAll ? asked.length / 2 : 0);
  });

  test.each(["main", "index"] as const)("what %s may import, and nothing else, passes the check", (from) => {
    for (const to of rooms) {
      for (const form of forms) {
        const target = targetPath(to, "thing");
        const text = `import ${form === "types" ? "type " : ""}{ a } from "../${target}";`;
        const passes = checkTree({ [target]: "", [roomPlaces[from]]: text }).violations.length === 0;
        expect({ to, form, passes }).toEqual({ to, form, passes: isAllowed(from, to, "thing", form, false) });
      }
    }
  });

  test.each([
    ["emulators", "kafka", "thing", "types", false],
    ["emulators", "kafka", "facts", "value", true],
    ["emulators", "registry", "thing", "value", false],
    ["pipeline", "kafka", "thing", "types", false],
    ["pipeline", "kafka", "port", "value", true],
    ["serde", "generated", "thing", "value", true],
    ["tweets", "serde", "thing", "value", false],
    ["tweets", "serde", "thing", "types", true],
    ["kafka", "emulators", "thing", "value", false],
    ["cli", "codegen", "thing", "value", true],
    ["changeset", "codegen", "thing", "value", false],
    ["cli", "main", "thing", "value", false],
    ["kernel", "telemetry", "thing", "types", false],
    ["tools", "bench", "thing", "value", false],
  ] as const)("%s to %s (%s.ts, as %s): %s", (from, to, target, form, allowed) => {
    expect(violated.has(sourcePath(from, to, target, form, false))).toBe(!allowed);
  });
});

describe("the form of an import", () => {
  const files = { "src/kafka/kafkajs.ts": "export const a = 1;\nexport type A = 1;\n" };

  test.each([
    ["static", 'import { a } from "../kafka/kafkajs.ts";'],
    ["for its effects", 'import "../kafka/kafkajs.ts";'],
    ["dynamic", 'export const load = () => import("../kafka/kafkajs.ts");'],
    ["a re-export", 'export { a } from "../kafka/kafkajs.ts";'],
    ["a star re-export", 'export * from "../kafka/kafkajs.ts";'],
    ["a type import", 'import type { A } from "../kafka/kafkajs.ts";'],
    ["inline types", 'import { type A } from "../kafka/kafkajs.ts";'],
    ["an import type", 'export type B = import("../kafka/kafkajs.ts").A;'],
    ["a require", 'require("../kafka/kafkajs.ts");'],
    ["a way round through folders", 'import "../../src/./pipeline/../kafka/kafkajs.ts";'],
    ["the emitted name", 'import "../kafka/kafkajs.js";'],
    ["without an extension", 'import "../kafka/kafkajs";'],
  ])("does not hide it: %s", (_form, text) => {
    expect(rulesOf(checkTree({ ...files, "src/pipeline/produce.ts": text }))).toEqual([
      "src/pipeline/produce.ts room-import",
    ]);
  });

  test("does not matter to a file reached by a symbolic link", () => {
    using tree = createTree({ ...files, "src/pipeline/produce.ts": 'import "./mine.ts";' });
    symlinkSync(join(tree.root, "src/kafka/kafkajs.ts"), join(tree.root, "src/pipeline/mine.ts"));
    expect(rulesOf(checkImports(tree.root))).toEqual(["src/pipeline/produce.ts room-import"]);
  });

  test("matters where only types may be imported", () => {
    const avro = { "src/avro/model.ts": "export type A = 1;" };
    expect(
      rulesOf(checkTree({ ...avro, "src/kafka/a.ts": 'import type { A } from "../avro/model.ts";' })),
    ).toEqual([]);
    expect(
      rulesOf(checkTree({ ...avro, "src/kafka/a.ts": 'type B = import("../avro/model.ts").A;' })),
    ).toEqual([]);
    expect(
      rulesOf(checkTree({ ...avro, "src/kafka/a.ts": 'import { type A } from "../avro/model.ts";' })),
    ).toEqual(["src/kafka/a.ts types-only-import"]);
  });
});

describe("files that stand elsewhere", () => {
  test.each([
    ["a folder that is no room", { "src/utils/a.ts": "" }, ["src/utils/a.ts no-room"]],
    ["a file beside the rooms", { "src/helpers.ts": "" }, ["src/helpers.ts no-room"]],
    [
      "a path that leads nowhere",
      { "src/kernel/a.ts": 'import "./gone.ts";' },
      ["src/kernel/a.ts unresolved-import"],
    ],
    [
      "a file outside the house",
      { "jest.config.js": "", "tools/a.ts": 'import "../jest.config.js";' },
      ["tools/a.ts outside-import"],
    ],
    ["a computed import", { "src/cli/a.ts": "import(x);" }, ["src/cli/a.ts computed-import"]],
    ["a file that does not parse", { "src/cli/a.ts": "import {" }, ["src/cli/a.ts unreadable"]],
    ["the package's own name", { "src/index.ts": "", "src/cli/a.ts": 'import "birdwire";' }, []],
    [
      "the package's own name in a room below",
      { "src/index.ts": "", "src/kernel/a.ts": 'import type { A } from "birdwire";' },
      ["src/kernel/a.ts room-import"],
    ],
    [
      "production code that imports a test's helper",
      { "src/x/testing/fake.ts": "", "src/x/a.ts": 'import "./testing/fake.ts";' },
      ["src/x/a.ts test-code-import"],
    ],
    [
      "a test that imports its room's helper",
      { "src/x/testing/fake.ts": "", "src/x/a.test.ts": 'import "./testing/fake.ts";' },
      [],
    ],
    [
      "a port that brings its adapter along",
      { "src/kafka/a.ts": "", "src/kafka/port.ts": 'import "./a.ts";\nimport type { A } from "./a.ts";' },
      ["src/kafka/port.ts alone-file-import"],
    ],
    [
      "a protocol's constants that bring a library along",
      { "src/serde/facts.ts": 'import "zod";' },
      ["src/serde/facts.ts alone-file-import"],
    ],
    [
      "golden cases and packages of their own",
      {
        "codegen/cases/a/golden.ts": 'import "nowhere";',
        "integration-tests/clients/a.ts": 'import "other";',
      },
      [],
    ],
  ] as const)("%s", (_what, files, expected) => {
    expect(rulesOf(checkTree(files as unknown as Record<string, string>))).toEqual(expected);
  });
});

describe("packages", () => {
  const homes: Readonly<Record<string, string>> = {
    avsc: "src/avro/codec.ts",
    kafkajs: "src/kafka/kafkajs-producer.ts",
    "twitter-api-v2": "src/x/open-x-stream.ts",
    "@kafkajs/confluent-schema-registry": "src/registry/client.ts",
    yargs: "src/cli/commands/demo.ts",
    "prom-client": "src/telemetry/metrics.ts",
    re2js: "src/filter/compile-filter.ts",
    "node:process": "src/main.ts",
  };
  const manifest = JSON.stringify({
    name: "birdwire",
    dependencies: Object.fromEntries(Object.keys(homes).map((name) => [name, "1.0.0"])),
  });

  test.each(packageRules.map(({ name }) => name))(
    "%s is imported where it belongs and nowhere else",
    (name) => {
      const home = homes[name] ?? "";
      const text = `import type { A } from "${name}";\nconst b = import("${name}/sub");\n`;
      const strangers = rooms.filter((room) => placeOf(home)?.room !== room).map((room) => roomPlaces[room]);
      const paths = strangers.map((place) => (place.endsWith("/") ? `${place}stranger.ts` : place));
      const report = checkTree({
        "package.json": manifest,
        [home]: text,
        ...Object.fromEntries(paths.map((path) => [path, text])),
      });
      const guilty = [
        ...new Set(report.violations.filter((v) => v.rule === "package-owner").map((v) => v.path)),
      ];
      expect(guilty).toEqual(paths.filter((path) => !/^(integration-tests|bench|tools)\//.test(path)).sort());
    },
  );

  test("a Kafka client stays in its adapter: the rest of its room knows the port alone", () => {
    expect(rulesOf(checkTree({ "src/kafka/error.ts": 'import { KafkaJSError } from "kafkajs";' }))).toEqual([
      "src/kafka/error.ts package-owner",
    ]);
  });

  test.each([
    ["production code and a dependency", "src/config/a.ts", "zod", []],
    ["production code and Node itself", "src/config/a.ts", "node:fs", []],
    ["production code and a development dependency", "src/config/a.ts", "fast-check", ["test-package"]],
    ["a test and a development dependency", "src/config/a.test.ts", "fast-check", []],
    ["a tool and a development dependency", "tools/a.ts", "fast-check", []],
    [
      "anyone and a package that merely happens to be installed",
      "tools/a.ts",
      "lodash",
      ["undeclared-package"],
    ],
    ["Node's modules without their prefix", "src/config/a.ts", "fs", ["undeclared-package"]],
    ["the process without its prefix", "src/config/a.ts", "process", ["package-owner"]],
  ])("%s", (_what, path, name, expected) => {
    const report = checkTree({ [path]: `import * as a from "${name}";` });
    expect(report.violations.map(({ rule }) => rule)).toEqual(expected);
  });
});

test("the report names file, line, rule and way out", () => {
  const report = checkTree({
    "src/kernel/a.ts": "export {};",
    "src/telemetry/log.ts": 'import "../kernel/a.ts";\n\nimport "../cli/a.ts";\n',
    "src/cli/a.ts": "",
  });
  expect(printReport(report)).toBe(
    "src/telemetry/log.ts:3 room-import: telemetry must not import cli (src/cli/a.ts)\n" +
      "    way out: telemetry may import kernel: pass the rest in from cli\n" +
      "2 imports in 3 files: 1 against the import law\n",
  );
});

test("the command ends with exit code 1 on a violation and 0 without", async () => {
  const { spawnSync } = await import("node:child_process");
  const command = fileURLToPath(new URL("./check-imports.ts", import.meta.url));
  using good = createTree({ "src/kernel/a.ts": "" });
  using bad = createTree({ "src/kernel/a.ts": 'import "../cli/a.ts";', "src/cli/a.ts": "" });
  const [passed, failed] = [good, bad].map(({ root }) =>
    spawnSync(process.execPath, [command, root], { encoding: "utf8" }),
  );
  expect([passed?.status, passed?.stdout]).toEqual([0, "0 imports in 1 files: the import law holds\n"]);
  expect([failed?.status, failed?.stdout]).toEqual([1, ""]);
  expect(failed?.stderr).toMatch(/^src\/kernel\/a\.ts:1 room-import:/);
});
